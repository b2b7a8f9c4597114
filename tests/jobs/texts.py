"""Text that trips word counts: made the same way each time, never read from anywhere."""

import random
import unicodedata

ODD_LINES = (
    b"the quick brown fox",
    b"",
    b"   ",
    b"  two  spaces  and a tab\there ",
    b"a carriage return\r in the middle",
    b"and one before it\r",
    b"NUL\x00inside \x00 alone",
    b"separators that are no white space: a\x1cb a\x1db a\x1eb a\x1fb \xe2\x80\x8b zero\xe2\x80\x8bwidth",
    "no-break\u00a0space, ideographic\u3000space, next\u0085line, line\u2028separator, ogham\u1680space".encode(),
    "cafe\u0301 café e\u0301 नमस्ते 🇩🇪 👩‍👩‍👧‍👦 👍🏽".encode(),
    "ΟΔΥΣΣΕΥΣ ΑΣ. ΑΣ'Α Σ İstanbul ISTANBUL ﬁn ẞ ß".encode(),
    "«Hello», “World”! (don't) --- …so… ¿qué? 'quoted' a-b-c $5 <tag> ~x~ '".encode(),
    b"\xef\xbb\xbfmark at the beginning",
    b"wrong \xff\xfe \xc3 \xe2\x82 \xf0\x9f\x98 \xed\xa0\x80 \xed\xa0 \xf4\x90\x80\x80 \xe0\x80\x80 \xc0\xaf bytes\xc3",
    b"lead byte before white space \xf0\x9f\x98\t\xe2\x82\tx",
    b"quote'quote back\\slash per%cent {brace} $1 \\1",
    "a·|'b·|'·|'c X·|' The THE the".encode(),
    b"x" * 500_000 + b" " + "é".encode() * 250_000,
)


def interesting() -> str:
    """Every character of the first two planes that has a case or is no plain letter, digit or emoji."""
    categories = {chr(code): unicodedata.category(chr(code)) for code in range(0x20000)}
    return "".join(
        each for each, category in categories.items() if category not in ("Lo", "So", "Cn", "Co", "Cs")
    )


def odd_text() -> bytes:
    """Lines of all kinds, with both line ends, and a last one without."""
    every = [f"{each}a{each} {each}" for each in interesting() if each != "\n"]
    grouped = [" ".join(every[at : at + 50]).encode() for at in range(0, len(every), 50)]
    chance = random.Random(7)
    noise = [
        bytes(chance.choices(b"ab \xc3\xa9\xe2\x82\xac\xed\xa0\xf0\x9f\x98\x80", k=60)) for _ in range(200)
    ]
    unix, dos = b"\n".join([*ODD_LINES, *grouped, *noise]), b"\r\n".join(ODD_LINES)
    return unix + b"\n" + dos + b"\nlast words without a line end\r"
