"""How counts look on standard output; never decides what is counted or how often it is shown."""

import json
import re
from collections.abc import Iterable, Iterator

Top = list[tuple[str, int]]
_ROW = re.compile(r"(?:\d+> )? *(\d+) +([\d,]+)  (.*)")


def printable(word: str) -> str:
    """A word that cannot disturb a terminal: what is not printable is spelt out, and an empty word is seen."""
    if not word:
        return "(empty)"
    return word if word.isprintable() else ascii(word)[1:-1]


def table(top: Top, title: str) -> str:
    """A small table: rank, count, word."""
    rows = (f"{rank:>5}  {count:>12,}  {printable(word)}" for rank, (word, count) in enumerate(top, 1))
    return "\n".join([f"── {title} ──", *rows])


def document(top: Top, window: str = "") -> str:
    """One line of JSON for programs: `{"top": [["the", 64309], …]}`, and the window's name where there is one."""
    return json.dumps({"top": top, **({"window": window} if window else {})}, ensure_ascii=False)


def render(top: Top, form: str, title: str, window: str = "") -> str:
    """`top` in the form that was asked for: `json` or `table`; the title of a table is the window's name."""
    return document(top, window) if form == "json" else table(top, window or title)


def most_frequent(counts: Iterable[tuple[str, int]], n: int) -> Top:
    """The n most frequent words, by count and then by word."""
    return sorted(counts, key=lambda each: (-each[1], each[0]))[:n]


def printed_tops(lines: Iterable[str]) -> Iterator[Top]:
    """The tables and documents that a program printed among other lines, each once it is whole."""
    top: Top = []
    for line in lines:
        if line.startswith('{"top"'):
            yield [(word, count) for word, count in json.loads(line)["top"]]
        elif (row := _ROW.fullmatch(line)) and int(row[1]) == len(top) + 1:
            top.append((row[3], int(row[2].replace(",", ""))))
        elif top:
            yield top
            top = []
