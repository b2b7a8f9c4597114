"""The definition of a word, rule by rule; tests/integration/jobs compares the engines with it."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wordcount_core.options import Text
from wordcount_core.tokenizer import count, decode, lines, lower, words
from wordcount_core.unicode_sets import CASELESS, PUNCTUATION, SPACE, character_class

SPACED, ARTICLE = Text(), Text(separator=" ")
line_texts = st.text(st.sampled_from("aB \t\u00a0\u3000\x00\x1cΣ.'«é\u0301👍\ufeff"), max_size=20)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", []),
        (b"\n", [""]),
        (b"a\nb", ["a", "b"]),
        (b"a\r\nb\r", ["a", "b"]),
        (b"a\r\r\n\rb\n", ["a\r", "\rb"]),
        (b"\xef\xbb\xbfa\n\xef\xbb\xbf\xef\xbb\xbfb", ["a", "b"]),
    ],
)
def test_lines_end_at_lf_with_at_most_one_cr(data: bytes, expected: list[str]) -> None:
    """Steps 1 and 2."""
    assert lines(data) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a\xffb", "a\ufffdb"),
        (b"\xe2\x82", "\ufffd"),
        (b"\xf0\x9f\x98x", "\ufffdx"),
        (b"\xc0\xaf", "\ufffd\ufffd"),
        (b"\xed\xa0\x80x", "\ufffdx"),
        (b"\xed\xa0x", "\ufffdx"),
        (b"\xf4\x90\x80\x80", "\ufffd" * 4),
        ("é👍\x00".encode(), "é👍\x00"),
    ],
)
def test_wrong_bytes_become_replacement_characters(data: bytes, expected: str) -> None:
    """As many as Java makes of them; an encoded surrogate half is one."""
    assert decode(data) == expected


@given(st.binary(max_size=30))
def test_decoding_never_raises(data: bytes) -> None:
    """Whatever the bytes are, and what is right UTF-8 stays as it is."""
    text = decode(data)
    if "\ufffd" not in text:
        assert text == data.decode().lstrip("\ufeff")


@given(line_texts)
def test_whitespace_cuts_at_white_space_and_nowhere_else(line: str) -> None:
    """No word is empty or holds white space, and nothing but white space is lost."""
    found = words(line, SPACED)
    assert all(word and not set(word) & set(SPACE) for word in found)
    assert "".join(found) == "".join(each for each in line if each not in SPACE)


@given(line_texts, st.sampled_from([" ", "a", "aB", "Σ."]))
def test_a_literal_separator_loses_nothing(line: str, separator: str) -> None:
    """Joined again the words are the line: empty words are words, an empty line is one."""
    assert separator.join(words(line, Text(separator=separator))) == line


@given(st.lists(line_texts))
def test_all_words_of_all_lines_are_counted(found: list[str]) -> None:
    """The counts add up to the words."""
    assert sum(count(found, ARTICLE).values()) == sum(len(words(line, ARTICLE)) for line in found)


@pytest.mark.parametrize(
    ("line", "text", "expected"),
    [
        ("a  b ", ARTICLE, ["a", "", "b", ""]),
        ("a  b ", Text(separator=" ", min_length=2), []),
        ("a  b ", Text(separator=" ", stop_words=("",)), ["a", "b"]),
        ("a\x1cb\u200bc", SPACED, ["a\x1cb\u200bc"]),
        ("ΑΣ İ ẞ", Text(lowercase=True), ["ασ", "i\u0307", "ß"]),
        ("«don't» -- a-b!", Text(strip_punctuation=True), ["don't", "a-b"]),
        ("a -- b", Text(separator=" ", strip_punctuation=True), ["a", "", "b"]),
        ("$5 +x+ `y`", Text(strip_punctuation=True), ["$5", "+x+", "`y`"]),
        ("The the cat", Text(stop_words=("the",)), ["The", "cat"]),
        ("The the cat", Text(lowercase=True, stop_words=("THE",)), ["cat"]),
        ("é👍 e\u0301 ab", Text(min_length=2), ["é👍", "e\u0301", "ab"]),
        ("'ab' 'a'", Text(strip_punctuation=True, min_length=2), ["ab"]),
    ],
)
def test_the_steps_and_their_order(line: str, text: Text, expected: list[str]) -> None:
    """Steps 3 to 6, each with what it is easily taken for."""
    assert words(line, text) == expected


def test_white_space_is_unicodes() -> None:
    """25 characters: Python's own, but for the four information separators, which are no White_Space."""
    python = {chr(code) for code in range(0x110000) if chr(code).isspace()}
    assert set(SPACE) == python - set("\x1c\x1d\x1e\x1f")


def test_punctuation_is_unicodes() -> None:
    """The list is Unicode 14's; newer Pythons know more, never less."""
    category = {chr(code): unicodedata.category(chr(code)) for code in range(0x110000)}
    assert all(category[each].startswith("P") for each in PUNCTUATION)
    if unicodedata.unidata_version == "14.0.0":
        assert len(PUNCTUATION) == sum(each.startswith("P") for each in category.values())


def test_a_character_class_matches_its_characters_only() -> None:
    """Also those that mean something inside brackets."""
    everything = "".join(map(chr, range(0x110000)))
    for characters in (PUNCTUATION, SPACE, "^", "-", "]\\", "a-z"):
        assert set(re.findall(f"[{character_class(characters)}]", everything)) == set(characters)


def test_lower_case_is_by_character() -> None:
    """A word's neighbours and its end change nothing; capitals that Java 17 does not know stay."""
    assert lower("ΣΑΣ") == "σασ"
    assert lower(CASELESS) == CASELESS
    assert [lower(each) for each in "AÉİ"] == ["a", "é", "i\u0307"]
