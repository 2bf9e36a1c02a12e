"""Regular expressions in filters, limited in length, size and time.

A short pattern such as ``(a|aa)+$`` can keep a matcher busy for years. Unlike Python's ``re``, the ``regex`` library
has a timeout: all searches of one pattern in one query together have :data:`SECONDS`, after which the query is
rejected. A pattern may have :data:`MAX_LENGTH` characters. In addition, :mod:`.budget` limits the whole query.
"""

from __future__ import annotations

import re
import time
from typing import Any, Final

from alignak_backend_embedded.store.errors import QueryError
from alignak_backend_embedded.store.patterns import FLAGS, size_of

from . import budget

MAX_LENGTH: Final = 1000
SECONDS: Final = 2.0
#: A longer search is repeated in the lane for long queries, since it cannot be interrupted.
_LONG_SECONDS: Final = 0.05


#: Braces that are not quantifiers are text, but this library uses them for fuzzy matching.
_BRACE: Final = re.compile(r"\\.|\{(?!\d*,?\d*\})", re.DOTALL)


class BoundedPattern:
    """A compiled regular expression, whose searches share one limit of processor time."""

    def __init__(self, pattern: Any, options: Any = "") -> None:
        """Compile.

        Args:
            pattern: text, or a pattern of :mod:`re`.
            options: MongoDB's letters ``i``, ``m``, ``s``, ``x`` and ``u``.

        Raises:
            QueryError: it is invalid, too long or too large, or has unknown options.
        """
        import regex  # importing it takes long, and few queries need it

        if isinstance(pattern, re.Pattern):
            options = "".join(letter for letter in "imsx" if pattern.flags & FLAGS[letter]) + (options or "")
            pattern = pattern.pattern
        if isinstance(pattern, str) and len(pattern) > MAX_LENGTH:
            raise QueryError(f"a regular expression may have {MAX_LENGTH} characters at most")
        size_of(pattern, options)
        flags = 0
        for letter in options:
            flags |= getattr(regex, letter.upper())
        try:
            exact = _BRACE.sub(lambda found: found[0] if found[0] != "{" else r"\{", pattern)
            self._pattern = regex.compile(exact, flags, cache_pattern=False)
        except (regex.error, RecursionError, OverflowError, MemoryError, ValueError) as error:
            raise QueryError(f"malformed regular expression: {error}") from error
        self._left = SECONDS

    def search(self, text: str) -> bool:
        """Return True if the pattern matches anywhere in the text.

        Raises:
            QueryError: the query's time is used up.
        """
        # Processor time of this thread: other threads delay it, for instance after each search.
        begun = time.thread_time()
        try:
            try:
                return self._search(text, min(self._left, _LONG_SECONDS))
            except TimeoutError:
                budget.is_long()
                return self._search(text, self._left - _LONG_SECONDS)
        except TimeoutError as error:
            self._left = 0
            raise QueryError("a regular expression takes too long; make it simpler") from error
        finally:
            self._left -= time.thread_time() - begun

    def _search(self, text: str, seconds: float) -> bool:
        return self._pattern.search(text, concurrent=True, timeout=max(seconds, 0.001)) is not None
