"""Formats the most frequent words for standard output, and reads them back."""

import json
import re
from collections.abc import Iterable, Iterator

Top = list[tuple[str, int]]
_ROW = re.compile(r"(?:\d+> )? *(\d+) +([\d,]+)  (.*)")


def printable(word: str) -> str:
    """Return a word for a terminal: not printable characters are escaped, an empty word is `(empty)`."""
    if not word:
        return "(empty)"
    return word if word.isprintable() else ascii(word)[1:-1]


def table(top: Top, title: str) -> str:
    """Return a small table: rank, count, word."""
    rows = (f"{rank:>5}  {count:>12,}  {printable(word)}" for rank, (word, count) in enumerate(top, 1))
    return "\n".join([f"── {title} ──", *rows])


def document(top: Top, window: str = "") -> str:
    """Return one line of JSON for programs: `{"top": [["the", 64309], …]}`, with the window's name if any."""
    return json.dumps({"top": top, **({"window": window} if window else {})}, ensure_ascii=False)


def render(top: Top, form: str, title: str, window: str = "") -> str:
    """Return `top` as `json` or as `table`; the name of a window replaces the title of the table."""
    return document(top, window) if form == "json" else table(top, window or title)


def most_frequent(counts: Iterable[tuple[str, int]], n: int) -> Top:
    """Return the n most frequent words, by count and then by word."""
    return sorted(counts, key=lambda each: (-each[1], each[0]))[:n]


def printed_tops(lines: Iterable[str]) -> Iterator[Top]:
    """Yield the tables and JSON lines that a program printed among other lines, each when it is complete."""
    top: Top = []
    for line in lines:
        if line.startswith('{"top"'):
            yield [(word, count) for word, count in json.loads(line)["top"]]
        elif (row := _ROW.fullmatch(line)) and int(row[1]) == len(top) + 1:
            top.append((row[3], int(row[2].replace(",", ""))))
        elif top:
            yield top
            top = []
