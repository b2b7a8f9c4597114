"""Expresses the definition of wordcount_core/tokenizer.py as Flink SQL; tests compare the two."""

# ruff: noqa: S608 - every text in a statement goes through `literal`

from collections.abc import Iterable

from wordcount_core.options import WHITESPACE, Text
from wordcount_core.tokenizer import shortest, stop_words
from wordcount_core.unicode_sets import BYTE_ORDER_MARK, PUNCTUATION, SPACE, character_class


def literal(text: str) -> str:
    """Return a text as a SQL literal; the doubled quote is Flink's only escape."""
    return "'" + text.replace("'", "''") + "'"


LINE = "DECODE(line, 'UTF-8')"
"""The text of the column `line` (BYTES)."""


def words_sql(text: Text, table: str = "lines", line: str = LINE, carried: str = "") -> str:
    """Return the query on `table` with one row, column `word`, for each word that counts.

    `line` is the SQL of a line's text. Each row has the line's `carried` columns, written as `, column`.
    """
    spaced = text.separator == WHITESPACE
    line = f"TRIM(LEADING {literal(BYTE_ORDER_MARK)} FROM {line})"
    if spaced:
        line = f"TRANSLATE({line}, {literal(SPACE)}, {literal(' ' * len(SPACE))})"
    pieces = f"SPLIT(text, {literal(' ' if spaced else text.separator)})"
    if not spaced:
        # SPLIT returns no piece for an empty line.
        pieces = f"CASE WHEN text = '' THEN ARRAY[''] ELSE {pieces} END"
    return (
        f"SELECT word{carried} FROM (SELECT {_normalized('piece', text)} AS word{carried} "
        f"FROM (SELECT {line} AS text{carried} FROM {table}) CROSS JOIN UNNEST({pieces}) AS pieces (piece)) "
        f"WHERE {' AND '.join(_conditions(text))}"
    )


def _normalized(piece: str, text: Text) -> str:
    word = piece
    if text.lowercase:
        word = f"LOWER(REPLACE({word}, 'Σ', 'σ'))"
    if text.strip_punctuation:
        marks = f"[{character_class(PUNCTUATION)}]+"
        ends = literal(f"\\A{marks}|{marks}\\z")
        word = f"REGEXP_REPLACE({word}, {ends}, '')"
    return word


def _conditions(text: Text) -> Iterable[str]:
    """Yield the SQL conditions for a word that counts."""
    least = shortest(text)
    yield "TRUE" if least == 0 else "word <> ''" if least == 1 else f"CHAR_LENGTH(word) >= {least}"
    if text.stop_words:
        yield f"word NOT IN ({', '.join(literal(word) for word in stop_words(text))})"
