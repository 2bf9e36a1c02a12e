"""Version, settings, and periodic jobs."""

from __future__ import annotations

from typing import Final

from alignak_backend_client.model import public_resources
from alignak_backend_embedded.api.authentication import authenticate
from alignak_backend_embedded.api.call import Answer, Call
from alignak_backend_embedded.api.endpoints.login_throttle import is_local
from alignak_backend_embedded.api.limits import MAX_DELETIONS
from alignak_backend_embedded.api.origins import refuse_foreign
from alignak_backend_embedded.domain.errors import NotAllowedError

#: The release of the Alignak backend whose behaviour this one has; ``GET /version`` tells it.
BACKEND_VERSION: Final = "1.4.16"


def home(call: Call) -> Answer:
    """Answer ``GET /``: the resources."""
    authenticate(call)
    return Answer({"_links": {"child": [{"href": name, "title": name} for name in public_resources()]}})


def version(_call: Call) -> Answer:
    """Answer ``GET /version``."""
    return Answer({"version": BACKEND_VERSION})


def backendconfig(call: Call) -> Answer:
    """Answer ``GET /backendconfig``: how much one request may ask for."""
    return Answer(
        {
            "PAGINATION_LIMIT": call.backend.page_limit,
            "PAGINATION_DEFAULT": call.backend.page_default,
            "DELETION_LIMIT": MAX_DELETIONS,
        }
    )


def cron_livesynthesis_history(call: Call) -> Answer:
    """Answer ``GET /cron_livesynthesis_history``: keep a copy of every livesynthesis.

    Programs of this machine need no login for it. Others must be super administrators: each request fills the disk.

    Raises:
        ForbiddenError: it comes from a page of another site.
        UnauthenticatedError: it comes from elsewhere, from nobody known.
        NotAllowedError: it comes from elsewhere, from somebody else.
    """
    refuse_foreign(call.request, call.backend.cors_origins, writes=True)
    if not is_local(call.request.remote_address) and not authenticate(call).is_super_admin:
        raise NotAllowedError
    from alignak_backend_embedded.rules.livesynthesis import keep_history

    with call.context.store.transaction():
        keep_history(call.context, call.backend.history_minutes)
    return Answer({})


def nothing_to_do(_call: Call) -> Answer:
    """Answer the jobs for what this backend does not have: Grafana, time series, notifications of an arbiter."""
    return Answer({})
