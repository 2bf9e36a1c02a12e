"""Text for terminals: safe, of known width, and in every encoding."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignak_backend_client.output.suggestions import nearest, suggestion
from alignak_backend_client.output.text import (
    display_width,
    escape_json,
    escape_unencodable,
    escape_unprintable,
    shorten_words,
    truncate,
)


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("", 0),
        ("abc", 3),
        ("é", 1),
        ("e\u0301", 1),
        ("a\u20dd", 1),
        ("主机", 4),
        ("ｱ", 1),
        ("\uff21", 2),
        ("🙂", 2),
        ("❤\ufe0f", 1),
        ("\u05e9\u05e8\u05ea", 3),
    ],
)
def test_widths(text: str, cells: int) -> None:
    assert display_width(text) == cells
    assert display_width(f"a{text}b") == cells + 2


@pytest.mark.parametrize(
    ("text", "limit", "mark", "short"),
    [
        ("abcd", 4, "…", "abcd"),
        ("abcde", 4, "…", "abc…"),
        ("abcd", 1, "…", "…"),
        ("abcd", 3, "...", "..."),
        ("abcd", 2, "...", ".."),
        ("abcdef", 5, "...", "ab..."),
        ("e\u0301" * 4, 4, "…", "e\u0301" * 4),
        ("e\u0301" * 5, 4, "…", "e\u0301" * 3 + "…"),
        ("主机主机", 7, "…", "主机主…"),
        ("主机主机", 8, "…", "主机主机"),
    ],
)
def test_cutting(text: str, limit: int, mark: str, short: str) -> None:
    assert truncate(text, limit, mark) == short


def test_long_words_are_cut_and_sentences_are_not() -> None:
    assert shorten_words("a " * 500) == "a " * 500
    assert shorten_words(f"field {'x' * 130}: unknown field") == f"field {'x' * 119}… unknown field"


def test_control_characters_are_escaped() -> None:
    assert escape_unprintable("\x1b[2J\u202e é\n") == "\\x1b[2J\\u202e é\\n"
    assert escape_unprintable("a\nb\tc", "\n") == "a\nb\\tc"


@given(st.text(st.characters(exclude_categories=[])), st.sampled_from(["ascii", "latin-1", "utf-8"]))
def test_json_stays_the_same_json(text: str, encoding: str) -> None:
    given = json.dumps([text, {text: 1}], ensure_ascii=False, indent=1)
    shown = escape_json(given, encoding)
    assert json.loads(shown) == json.loads(given)
    assert shown.replace("\n", "").isprintable()
    shown.encode(encoding)
    plain = json.dumps([text], indent=1)
    assert escape_json(plain, encoding) == plain.replace("\x7f", "\\u007f")


def test_json_keeps_what_can_be_shown() -> None:
    assert escape_json('"é主\u202e\U000e0001"', "utf-8") == '"é主\\u202e\\udb40\\udc01"'
    assert escape_json('"é主"', "latin-1") == '"é\\u4e3b"'


def test_characters_that_an_encoding_lacks_are_escaped() -> None:
    assert escape_unencodable("aé主", "latin-1") == "aé\\u4e3b"
    assert escape_unencodable("aé", "utf-8") == "aé"


def test_the_nearest_word() -> None:
    assert nearest("nmae", ["alias", "name"]) == "name"
    assert nearest("zzz", ["alias", "name"]) is None
    assert nearest("web-1", ["web-021", "web-001", "web-011"]) == "web-001"
    assert suggestion("nmae", iter(["alias", "name"]), "fields") == "did you mean 'name'?"
    assert suggestion("zzz", iter(["alias", "name"]), "fields") == "the fields are: alias, name"
