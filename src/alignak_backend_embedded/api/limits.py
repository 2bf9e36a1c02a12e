"""Limits of requests."""

from __future__ import annotations

from typing import Final, NamedTuple

#: The largest form, in bytes: it is one item.
MAX_FORM: Final = 1024 * 1024

#: How deep JSON of a request may nest. MongoDB itself takes 100 levels.
MAX_DEPTH: Final = 64

#: The longest text in JSON, in characters: no item may be larger.
MAX_TEXT: Final = 16 * 1024 * 1024

#: Items that one request may delete by name; ``/backendconfig`` tells it.
MAX_DELETIONS: Final = 1000


class Limits(NamedTuple):
    """What a site may grant more or less of.

    Attributes:
        body_bytes: the largest body: 5000 services are about 20 MB.
        items: of one request. The client sends 500 at most.
        answer_bytes: the documents of a page as they are stored, and again those that are embedded in it, each as often
            as it is there.
    """

    body_bytes: int = 64 * 1024 * 1024
    items: int = 20_000
    answer_bytes: int = 64 * 1024 * 1024

    @property
    def values(self) -> int:
        """Values that a body may hold: those of 5000 services have half a million."""
        return max(1_000_000, self.body_bytes // 64)

    @property
    def text_answer_bytes(self) -> int:
        """As ``answer_bytes``, for XML and JSON with spaces: they are made of more pieces."""
        return self.answer_bytes // 4
