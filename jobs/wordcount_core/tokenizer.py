"""Defines what a word is, in plain Python; both engines are tested against it.

Text is bytes. It becomes words in these steps, and in no other order:

1. *Lines.* A line ends at LF; one CR directly before the LF, or at the end of the text, belongs to the line's
   end. A Kafka record is one line as it is.
2. *Characters.* A line is UTF-8. Each maximal wrong piece is replaced by one U+FFFD, as Java does it: where
   that differs from Python, an encoded surrogate half is one piece, not three. U+FEFF at a line's beginning
   is dropped.
3. *Words.* `whitespace`: the longest runs without white space (Unicode's White_Space), never empty. A literal
   separator cuts at each of its occurrences, and the empty words between two of them, at either end, and of
   an empty line are words too, as in the article's Spark program.
4. *Lower case*, if asked, each character by itself: Σ becomes σ also at a word's end, İ becomes i and U+0307.
5. *Punctuation*, if asked, is taken from both ends of a word, not from within. With `whitespace` a word of
   which nothing is left is none.
6. *Not counted* are words shorter than `minLength` code points, where that is more than 1 (so 1 keeps the
   empty words of a literal separator), and stop words, which go through step 4 themselves.

NUL, combining marks, emoji and zero-width characters are characters like any other.
"""

import re
from collections import Counter
from collections.abc import Iterable

from wordcount_core.options import WHITESPACE, Text
from wordcount_core.unicode_sets import BYTE_ORDER_MARK, CASELESS, PUNCTUATION, REPLACEMENT, SPACE

_SPACES = str.maketrans(dict.fromkeys(SPACE, " "))
_SURROGATE = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]?")


def decode(line: bytes) -> str:
    """Decode a line as in step 2; any bytes are accepted."""
    text = _SURROGATE.sub(REPLACEMENT.encode(), line).decode(errors="replace")
    return text.lstrip(BYTE_ORDER_MARK)


def lines(data: bytes) -> list[str]:
    """Return the decoded lines of a file or a socket as in steps 1 and 2; the last line needs no LF."""
    parts = data.split(b"\n")
    if not parts[-1]:
        parts.pop()
    return [decode(part.removesuffix(b"\r")) for part in parts]


def lower(word: str) -> str:
    """Return the word in lower case as in step 4."""
    return "".join(each if each in CASELESS else each.lower() for each in word)


def stop_words(text: Text) -> list[str]:
    """Return the stop words as they are compared, sorted."""
    return sorted({lower(word) if text.lowercase else word for word in text.stop_words})


def words(line: str, text: Text) -> list[str]:
    """Return the words of a decoded line, in order, as in steps 3 to 6."""
    spaced = text.separator == WHITESPACE
    found = line.translate(_SPACES).split(" ") if spaced else line.split(text.separator)
    if text.lowercase:
        found = [lower(word) for word in found]
    if text.strip_punctuation:
        found = [word.strip(PUNCTUATION) for word in found]
    least = shortest(text)
    stopped = frozenset(stop_words(text))
    return [word for word in found if len(word) >= least and word not in stopped]


def shortest(text: Text) -> int:
    """Return how many code points a word needs to count; 0 only if a literal separator makes empty words."""
    return 0 if text.separator != WHITESPACE and text.min_length == 1 else text.min_length


def count(lines: Iterable[str], text: Text) -> Counter[str]:
    """Return how often each word occurs."""
    return Counter(word for line in lines for word in words(line, text))
