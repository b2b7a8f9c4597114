"""Expresses the definition of wordcount_core/tokenizer.py as Spark columns; tests compare the two.

`split`, `regexp_replace` and array functions decode a line's bytes as Java does, and the definition replaces
wrong bytes in the same way. `translate` does not, so it only gets valid bytes.
"""

from functools import reduce
from operator import and_

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from wordcount_core.options import WHITESPACE, Text
from wordcount_core.tokenizer import shortest, stop_words
from wordcount_core.unicode_sets import BYTE_ORDER_MARK, PUNCTUATION, SPACE, character_class

CONF = {"spark.sql.icu.caseMappings.enabled": "false"}
"""Lower case as in Java 17, so that it is the same as on Flink."""


def words(lines: DataFrame, text: Text, *carried: str) -> DataFrame:
    """Return one row for each word of the column `line` that counts, with the line's `carried` columns."""
    line = sf.col("line")
    pieces = _by_whitespace(line) if text.separator == WHITESPACE else _by_literal(line, text.separator)
    exploded = lines.select(sf.explode(pieces).alias("word"), *carried)
    word = _normalized(sf.col("word"), text)
    found = exploded.select(word.alias("word"), *carried)
    rules = _conditions(sf.col("word"), text)
    return found.where(reduce(and_, rules)) if rules else found


def _by_whitespace(line: Column) -> Column:
    """Split at white space.

    Most lines have only ASCII words with single spaces between them, and take the short way.
    """
    controls = [space for space in SPACE if space.isascii() and space != " "]
    plain = reduce(
        and_,
        [
            sf.octet_length(line) == sf.length(line),
            line != "",
            ~sf.startswith(line, sf.lit(" ")),
            ~sf.endswith(line, sf.lit(" ")),
            *(~sf.contains(line, sf.lit(rare)) for rare in ["  ", *controls]),
        ],
    )
    valid = sf.when(sf.is_valid_utf8(line), line).otherwise(sf.array_join(sf.split(line, "\n"), "\n"))
    text = sf.ltrim(valid, sf.lit(BYTE_ORDER_MARK))
    spaced = sf.translate(text, SPACE, " " * len(SPACE))
    return sf.when(plain, sf.split(line, " ")).otherwise(sf.array_remove(sf.split(spaced, " "), ""))


def _by_literal(line: Column, separator: str) -> Column:
    marked = sf.startswith(line, sf.lit(BYTE_ORDER_MARK))
    text = sf.when(marked, sf.regexp_replace(line, f"\\A{BYTE_ORDER_MARK}+", "")).otherwise(line)
    return sf.split(text, "".join(character_class(each) for each in separator))


def _normalized(word: Column, text: Text) -> Column:
    if text.lowercase:
        word = sf.lower(sf.replace(word, sf.lit("Σ"), sf.lit("σ")))
    if text.strip_punctuation:
        marks = f"[{character_class(PUNCTUATION)}]+"
        word = sf.regexp_replace(word, f"\\A{marks}|{marks}\\z", "")
    return word


def _conditions(word: Column, text: Text) -> list[Column]:
    """Return the conditions for a word that counts; none if all the words count."""
    least = shortest(text)
    rules = []
    if least > 1 or (least == 1 and text.strip_punctuation):
        rules.append(sf.length(word) >= least)
    if text.stop_words:
        rules.append(~word.isin(stop_words(text)))
    return rules
