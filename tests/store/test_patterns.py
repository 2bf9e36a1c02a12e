"""Regular expressions that become large when what they repeat is written out."""

from __future__ import annotations

import re
from typing import Any

import pytest

from alignak_backend_embedded.store.errors import QueryError
from alignak_backend_embedded.store.patterns import MAX_SIZE, prefix_of, size_of
from alignak_backend_embedded.store.sqlite.regexes import BoundedPattern

USED: list[tuple[str, str, str]] = [
    (r"^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$", "", "192.168.100.2"),
    ("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", "", "01234567-89ab-cdef-0123-456789abcdef"),
    ("^(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}$", "", "2001:db8:0:0:0:0:0:1"),
    ("((a{1,200}){1,200}){1,200}", "", "a"),
    ("|".join(f"web{number:03}" for number in range(140)), "", "srv-web139"),
    ("^(?!.*backup)(?=.*db).+(?<!old)$", "", "main-db"),
    ("CPU.{0,4000}critical", "is", "cpu\nis Critical"),
    ("a {3} # as many  \n b", "x", "aaab"),
    ("(?x) a{3} [{] \\  b", "", "aaa{ b"),
    ("x{ 3 }", "", "x{ 3 }"),
    ("(?P<letter>[a-z])(?P=letter){3}(?(letter)x|y)", "", "aaaax"),
]


@pytest.mark.parametrize(("pattern", "options", "text"), USED)
def test_common_patterns_are_accepted(pattern: str, options: str, text: str) -> None:
    assert BoundedPattern(pattern, options).search(text)


LARGE: list[tuple[str, str]] = [
    ("(?:(?:(?:a{1000}){1000}){1000})", ""),
    ("(?:(?:(?:a{1000}?){1000}+){1000}?)?", ""),
    ("(?:" * 100 + "a" + "){9}" * 100, ""),
    ("((x|(?=(?:y{1000}){1000})))", ""),
    ("(?!(?>a{300}){300})", ""),
    ("(?<=(?:a{300}){300})b", ""),
    ("(a)(?(1)b|(?:c{300}){300})", ""),
    ("(?i:(?:[^ab]{300}){300})", ""),
    ("a{100000000}", ""),
    ("(?:a{ 300 }){ 300 }", "x"),
    ("(?x)(?:a{ 300 }){ 300 }", ""),
    ("(?x:(?:a{3 00}){3#\n00})", ""),
]


@pytest.mark.parametrize(("pattern", "options"), LARGE)
def test_too_large_patterns_are_refused(pattern: str, options: str) -> None:
    for judge in (size_of, BoundedPattern):
        with pytest.raises(QueryError, match="repeat"):
            judge(pattern, options)


def test_the_limit_is_exact() -> None:
    assert size_of("a" * 3 + "b{10}(?:cd){20,30}e*[f-h]?") == 3 + 10 + 40 + 1 + 1
    assert size_of(f"a{{{MAX_SIZE}}}") == MAX_SIZE
    with pytest.raises(QueryError):
        size_of(f"a{{{MAX_SIZE + 1}}}")


@pytest.mark.parametrize(
    ("pattern", "options"), [("(", ""), ("(" * 900 + ")" * 900, ""), ("a", "q"), ("a", 1), (1, ""), (r"\p", "")]
)
def test_invalid_regular_expressions_are_refused(pattern: Any, options: Any) -> None:
    with pytest.raises(QueryError):
        size_of(pattern, options)


def test_patterns_of_python_keep_their_flags() -> None:
    assert BoundedPattern(re.compile("^A.b$", re.IGNORECASE | re.DOTALL)).search("a\nB")


@pytest.mark.parametrize(
    ("pattern", "options", "prefix"),
    [
        (r"^web\-1.*$", "", "web-1"),
        ("^web-1$", "s", "web-1"),
        ("^ w e b # name", "x", "web"),
        ("^a~z", "", "a~z"),
        ("^ab?c", "", "a"),
        ("^ab{2}", "", "a"),
        ("^ab|^ac", "", "a"),
        ("^ab|c", "", ""),
        ("^a\u00e9", "", "a"),
        ("^a\nb", "", "a"),
        ("ab", "", ""),
        ("^", "", ""),
        ("", "", ""),
        ("^ab", "i", ""),
        ("^ab", "m", ""),
        ("(?i)^ab", "", ""),
    ],
)
def test_all_that_a_pattern_matches_begins_with_its_prefix(pattern: str, options: str, prefix: str) -> None:
    assert prefix_of(pattern, options) == prefix
