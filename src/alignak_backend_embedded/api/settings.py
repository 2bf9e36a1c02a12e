"""Eve's settings: the REST protocol as the Alignak backend 1.4 speaks it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

#: The release of the Alignak backend whose behaviour this one has; ``GET /version`` tells it.
BACKEND_VERSION: Final = "1.4.16"

#: The largest request body, in bytes: 5000 services are about 20 MB.
MAX_BODY: Final = 64 * 1024 * 1024

#: How deep JSON of a request may nest. MongoDB itself takes 100 levels.
MAX_DEPTH: Final = 64


def eve_settings(
    domain: dict[str, Any],
    *,
    pagination_limit: int,
    pagination_default: int,
    cors_origins: Sequence[str],
) -> dict[str, Any]:
    """Return the settings that differ from Eve's own.

    Args:
        domain: the resources, see :func:`alignak_backend_embedded.api.schema.domain`.
        pagination_limit: most items of a page.
        pagination_default: items of a page when the request does not say.
        cors_origins: web origins whose scripts may use the backend from a browser; none by default.
    """
    return {
        "DOMAIN": domain,
        "RESOURCE_METHODS": ["GET", "POST", "DELETE"],
        "ITEM_METHODS": ["GET", "PATCH", "DELETE"],
        "PAGINATION_LIMIT": pagination_limit,
        "PAGINATION_DEFAULT": pagination_default,
        "MONGO_QUERY_BLACKLIST": ["$where", "$expr"],
        "MONGO_OPTIONS": {
            "connect": True,
            "tz_aware": False,
            "uuidRepresentation": "standard",
            "serverSelectionTimeoutMS": 5000,
        },
        "RENDERERS": [
            "alignak_backend_embedded.api.rendering.JSONRenderer",
            "alignak_backend_embedded.api.rendering.XMLRenderer",
        ],
        "MAX_CONTENT_LENGTH": MAX_BODY,
        "MAX_FORM_MEMORY_SIZE": MAX_BODY,
        "X_DOMAINS": list(cors_origins) or None,
        "X_HEADERS": ["Authorization", "If-Match", "X-HTTP-Method-Override", "Content-Type", "Cache-Control", "Pragma"],
        # The application has its own handlers for all of them.
        "STANDARD_ERRORS": [],
        "DEBUG": False,
        "TESTING": False,
    }
