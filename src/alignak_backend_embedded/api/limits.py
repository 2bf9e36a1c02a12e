"""What a request may hold."""

from __future__ import annotations

from typing import Final

#: The largest request body, in bytes: 5000 services are about 20 MB.
MAX_BODY: Final = 64 * 1024 * 1024

#: The largest form: it is one item.
MAX_FORM: Final = 1024 * 1024

#: Items of one request. The client sends 500 at most.
MAX_ITEMS: Final = 20_000

#: Values that a body may hold: those 5000 services have half as many.
MAX_VALUES: Final = 1_000_000

#: What is worked on at the same time as anything else: a body, and the documents of an answer, as they are stored.
SMALL: Final = 4 * 1024 * 1024

#: The documents of a page, in bytes, and again those that are embedded in it, each as often as it is there.
MAX_ANSWER: Final = 64 * 1024 * 1024

#: XML, and JSON with spaces, are made of more pieces.
MAX_TEXT_ANSWER: Final = MAX_ANSWER // 4

#: How long a large request waits for another one.
LARGE_SECONDS: Final = 30.0

#: How deep JSON of a request may nest. MongoDB itself takes 100 levels.
MAX_DEPTH: Final = 64

#: Items that one request may delete by name; ``/backendconfig`` tells it.
MAX_DELETIONS: Final = 1000
