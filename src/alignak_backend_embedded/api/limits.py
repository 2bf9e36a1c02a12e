"""What a request may hold."""

from __future__ import annotations

from typing import Final

#: The largest request body, in bytes: 5000 services are about 20 MB.
MAX_BODY: Final = 64 * 1024 * 1024

#: How deep JSON of a request may nest. MongoDB itself takes 100 levels.
MAX_DEPTH: Final = 64

#: Items that one request may delete by name; ``/backendconfig`` tells it.
MAX_DELETIONS: Final = 1000
