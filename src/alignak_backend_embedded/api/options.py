"""Options of the backend, and limits of requests."""

from __future__ import annotations

from typing import Final, NamedTuple

#: Maximum size of a form in bytes; it has one item.
MAX_FORM: Final = 1024 * 1024

#: Maximum nesting of JSON in requests; that of MongoDB is 100.
MAX_DEPTH: Final = 64

#: Maximum length of a text in JSON, in characters; no item may be larger.
MAX_TEXT: Final = 16 * 1024 * 1024

#: Maximum number of items in a request to delete; ``/backendconfig`` returns it.
MAX_DELETIONS: Final = 1000


class Limits(NamedTuple):
    """Configurable limits.

    Attributes:
        body_bytes: maximum size of a body; 5000 services have about 20 MB.
        items: maximum number of items per request; the client sends up to 500.
        answer_bytes: maximum stored size of the documents of a page, and of its embedded documents, each counted as
            often as it appears.
    """

    body_bytes: int = 64 * 1024 * 1024
    items: int = 20_000
    answer_bytes: int = 64 * 1024 * 1024

    @property
    def values(self) -> int:
        """Maximum number of values in a body; 5000 services have half a million."""
        return max(1_000_000, self.body_bytes // 64)

    @property
    def text_answer_bytes(self) -> int:
        """Like ``answer_bytes``, for XML and indented JSON, which take more memory."""
        return self.answer_bytes // 4


class Options(NamedTuple):
    """The options of a backend.

    Attributes:
        page_limit: maximum number of items per page.
        page_default: items per page if the request does not set it.
        cors_origins: web origins whose scripts may use the backend from a browser.
        limits: the limits of requests.
        is_own: True if it runs in the process of the client, which then gets database errors with details.
    """

    page_limit: int = 5000
    page_default: int = 50
    cors_origins: tuple[str, ...] = ()
    limits: Limits = Limits()
    is_own: bool = False


DEFAULT_OPTIONS: Final = Options()
