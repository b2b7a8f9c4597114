"""core/tokenize.py's definition as Flink SQL; must equal it and never adds a rule of its own."""

# ruff: noqa: S608 - every text in a statement goes through `literal`

from collections.abc import Iterable

from wordcount_jobs.core.characters import BYTE_ORDER_MARK, PUNCTUATION, SPACE, character_class
from wordcount_jobs.core.options import WHITESPACE, Text
from wordcount_jobs.core.tokenize import shortest, stop_words


def literal(text: str) -> str:
    """A SQL text; Flink knows no escapes but the doubled quote."""
    return "'" + text.replace("'", "''") + "'"


def words_sql(text: Text) -> str:
    """A query on table `lines` (column `line`, BYTES) with one row, column `word`, for each word that counts."""
    spaced = text.separator == WHITESPACE
    line = f"TRIM(LEADING {literal(BYTE_ORDER_MARK)} FROM DECODE(line, 'UTF-8'))"
    if spaced:
        line = f"TRANSLATE({line}, {literal(SPACE)}, {literal(' ' * len(SPACE))})"
    pieces = f"SPLIT(text, {literal(' ' if spaced else text.separator)})"
    if not spaced:
        pieces = (
            f"CASE WHEN text = '' THEN ARRAY[''] ELSE {pieces} END"  # SPLIT makes nothing of an empty line
        )
    return (
        f"SELECT word FROM (SELECT {_changed('piece', text)} AS word "
        f"FROM (SELECT {line} AS text FROM lines) CROSS JOIN UNNEST({pieces}) AS pieces (piece)) "
        f"WHERE {' AND '.join(_kept(text))}"
    )


def _changed(piece: str, text: Text) -> str:
    word = piece
    if text.lowercase:
        word = f"LOWER(REPLACE({word}, 'Σ', 'σ'))"
    if text.strip_punctuation:
        marks = f"[{character_class(PUNCTUATION)}]+"
        ends = literal(f"\\A{marks}|{marks}\\z")
        word = f"REGEXP_REPLACE({word}, {ends}, '')"
    return word


def _kept(text: Text) -> Iterable[str]:
    """What a word must fulfil."""
    least = shortest(text)
    yield "TRUE" if least == 0 else "word <> ''" if least == 1 else f"CHAR_LENGTH(word) >= {least}"
    if text.stop_words:
        yield f"word NOT IN ({', '.join(literal(word) for word in stop_words(text))})"
