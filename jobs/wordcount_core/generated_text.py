"""Generates the text of `source.rate`: line n is a pure function of n, vocabulary and seed.

A line is ten words. Word i of line n is number `index(10 n + i)` of the vocabulary, and low numbers are
frequent: half of all words are among the first quarter. The formula needs only +, * and whole-number division
of values below 2^63, so `line_sql` has the same result on both engines.
"""

from wordcount_core.options import Rate

WORDS = 10
PRIME = 2**31 - 1
FACTOR = 48271


def line(n: int, rate: Rate) -> str:
    """Return line n ≥ 0."""
    return " ".join(f"w{_index(n * WORDS + i, rate)}" for i in range(WORDS))


def _index(k: int, rate: Rate) -> int:
    x = (k % PRIME + rate.seed) * FACTOR % PRIME
    y = x * x % PRIME * FACTOR % PRIME
    return rate.vocabulary * (y * y // PRIME) // PRIME


def line_sql(n: str, rate: Rate, divide: str) -> str:
    """Return the SQL of line number `n`, a BIGINT column; `divide` is the engine's whole-number division."""
    return (
        f"CONCAT_WS(' ', {', '.join(_word_sql(f'{n} * {WORDS} + {i}', rate, divide) for i in range(WORDS))})"
    )


def _word_sql(k: str, rate: Rate, divide: str) -> str:
    prime = f"CAST({PRIME} AS BIGINT)"  # a remainder has the divisor's type on Flink
    x = f"MOD((MOD({k}, {prime}) + {rate.seed}) * {FACTOR}, {prime})"
    y = f"MOD(MOD({x} * {x}, {prime}) * {FACTOR}, {prime})"
    return f"CONCAT('w', CAST({rate.vocabulary} * ({y} * {y} {divide} {prime}) {divide} {prime} AS STRING))"
