"""The expanded size of a regular expression: the matcher expands repetitions, also nested ones."""

from __future__ import annotations

import itertools
import re
import warnings
from re import _constants as codes  # type: ignore[attr-defined]  # what re reads patterns with
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, Final

from alignak_backend_embedded.store.errors import QueryError

MAX_SIZE: Final = 20_000
"""Maximum number of parts of all regular expressions of a filter, with repeated parts counted repeatedly."""

FLAGS: Final = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE, "u": re.UNICODE}
"""MongoDB's options; ``u`` changes nothing."""

# Warnings about future changes of the syntax, such as [[:alpha:]], are for programmers.
warnings.filterwarnings("ignore", "Possible ", FutureWarning)

_REPEATS: Final = frozenset({codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT})
#: With the option x, some matchers overlook spaces in ``a{ 3 }``, and ``re`` does not.
_SPACED: Final = re.compile(r"\{[\d,\s]*[\s#]")
_VERBOSE: Final = re.compile(r"\(\?[a-z]*x")


def size_of(pattern: Any, options: Any = "") -> int:
    """Return the number of parts of a regular expression, with repetitions expanded.

    Raises:
        QueryError: it is invalid, has unknown options, or more than :data:`MAX_SIZE` parts.
    """
    try:
        size = _size(_parse(pattern, options))
    except RecursionError as error:
        raise QueryError(f"malformed regular expression: {error}") from error
    check_size(size)
    return size


def prefix_of(pattern: str, options: str = "") -> str:
    """Return the beginning of all texts that a regular expression matches; empty if it is not known.

    Only printable ASCII characters are taken into account.

    Raises:
        QueryError: as for :func:`size_of`.
    """
    tree = _parse(pattern, options)
    parts = list(tree)
    if tree.state.flags & (re.IGNORECASE | re.MULTILINE) or parts[:1] != [(codes.AT, codes.AT_BEGINNING)]:
        return ""
    literal = itertools.takewhile(lambda part: part[0] is codes.LITERAL and " " <= chr(part[1]) <= "~", parts[1:])
    return "".join(chr(value) for _, value in literal)


def _parse(pattern: Any, options: Any) -> Any:
    """Return the parts of a regular expression."""
    if not isinstance(pattern, str) or not isinstance(options, str):
        raise QueryError("$regex and $options must be text")
    flags = 0
    for letter in options:
        if letter not in FLAGS:
            raise QueryError(f"unknown regular expression option {letter!r}")
        flags |= FLAGS[letter]
    if ("x" in options or _VERBOSE.search(pattern)) and _SPACED.search(pattern):
        raise QueryError("a regular expression repeats with {3} or {1,3}, without spaces")
    try:
        return parser.parse(pattern, flags)
    except (re.error, RecursionError, OverflowError, ValueError) as error:
        raise QueryError(f"malformed regular expression: {error}") from error


def check_size(size: int) -> None:
    """Check the number of parts of regular expressions.

    Raises:
        QueryError: there are too many.
    """
    if size > MAX_SIZE:
        raise QueryError(
            f"regular expressions repeat too much: {MAX_SIZE} parts at most, a{{100}} counts a hundred times"
        )


def _size(part: Any) -> int:
    if isinstance(part, parser.SubPattern):
        return sum(_size(value) * (max(1, value[0]) if code in _REPEATS else 1) for code, value in part)
    if isinstance(part, (list, tuple)):  # numbers in it are bounds, groups and flags
        return max(1, sum(_size(each) for each in part if not isinstance(each, int)))
    return 1
