"""Regular expressions of callers, bounded in length and time.

A short pattern such as ``(a|aa)+$`` can keep a matcher busy for years. The ``regex`` library takes a time limit, which
Python's own does not: all searches of one pattern in one query together have :data:`SECONDS`; beyond it the query is
refused. A pattern may have :data:`MAX_LENGTH` characters. :mod:`.database` limits the whole query, whatever it holds.
"""

from __future__ import annotations

import re
import time
from typing import Any, Final

from alignak_backend_embedded.store.errors import QueryError

MAX_LENGTH: Final = 1000
SECONDS: Final = 2.0
_LETTERS: Final = "imsxu"


class BoundedPattern:
    """A compiled regular expression, whose searches share one limit of time."""

    def __init__(self, pattern: Any, options: Any = "") -> None:
        """Compile.

        Args:
            pattern: text, or a pattern of :mod:`re`.
            options: MongoDB's letters ``i``, ``m``, ``s``, ``x`` and ``u`` (which changes nothing).

        Raises:
            QueryError: it is no regular expression, too long, or has unknown options.
        """
        import regex  # takes a while, and few queries have any

        if isinstance(pattern, re.Pattern):
            known = ((re.IGNORECASE, "i"), (re.MULTILINE, "m"), (re.DOTALL, "s"), (re.VERBOSE, "x"))
            options = "".join(letter for flag, letter in known if pattern.flags & flag) + (options or "")
            pattern = pattern.pattern
        if not isinstance(pattern, str) or not isinstance(options, str):
            raise QueryError("$regex and $options must be text")
        if len(pattern) > MAX_LENGTH:
            raise QueryError(f"a regular expression may have {MAX_LENGTH} characters at most")
        for letter in options:
            if letter not in _LETTERS:
                raise QueryError(f"unknown regular expression option {letter!r}")
        known_flags = {"i": regex.IGNORECASE, "m": regex.MULTILINE, "s": regex.DOTALL, "x": regex.VERBOSE}
        flags = 0
        for letter in options:
            flags |= known_flags.get(letter, 0)
        try:
            self._pattern = regex.compile(pattern, flags, cache_pattern=False)
        except (regex.error, RecursionError, OverflowError, MemoryError, ValueError) as error:
            raise QueryError(f"malformed regular expression: {error}") from error
        self._left = SECONDS

    def search(self, text: str) -> bool:
        """Return True when the pattern matches somewhere in the text.

        Raises:
            QueryError: the query's time is used up.
        """
        begun = time.perf_counter()
        try:
            return self._pattern.search(text, concurrent=True, timeout=max(self._left, 0.001)) is not None
        except TimeoutError as error:
            self._left = 0
            raise QueryError("a regular expression takes too long; make it simpler") from error
        finally:
            self._left -= time.perf_counter() - begun
