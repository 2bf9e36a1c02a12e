"""Version, settings, and periodic jobs."""

from __future__ import annotations

from typing import Final

from alignak_backend_client.model import public_resources
from alignak_backend_embedded.api.authentication import authenticate
from alignak_backend_embedded.api.call import Answer, Call
from alignak_backend_embedded.api.endpoints.login_throttle import is_local
from alignak_backend_embedded.api.options import MAX_DELETIONS
from alignak_backend_embedded.api.origins import reject_cross_site
from alignak_backend_embedded.domain.errors import NotAllowedError

#: The emulated release of the Alignak backend; ``GET /version`` returns it.
BACKEND_VERSION: Final = "1.4.16"


def home(call: Call) -> Answer:
    """Answer ``GET /``: the resources."""
    authenticate(call)
    return Answer({"_links": {"child": [{"href": name, "title": name} for name in public_resources()]}})


def version(_call: Call) -> Answer:
    """Answer ``GET /version``."""
    return Answer({"version": BACKEND_VERSION})


def backendconfig(call: Call) -> Answer:
    """Answer ``GET /backendconfig``: the limits of requests."""
    return Answer(
        {
            "PAGINATION_LIMIT": call.backend.options.page_limit,
            "PAGINATION_DEFAULT": call.backend.options.page_default,
            "DELETION_LIMIT": MAX_DELETIONS,
        }
    )


def cron_livesynthesis_history(call: Call) -> Answer:
    """Answer ``GET /cron_livesynthesis_history``: store a copy of every livesynthesis.

    Programs on this machine need no login; others must be super administrators, since each request uses disk space.

    Raises:
        ForbiddenError: it is a cross-site request.
        UnauthenticatedError: it comes from another machine, without a valid token.
        NotAllowedError: it comes from another machine, and the user is not a super administrator.
    """
    reject_cross_site(call.request, call.backend.options.cors_origins, writes=True)
    if not is_local(call.request.remote_address) and not authenticate(call).is_super_admin:
        raise NotAllowedError
    from alignak_backend_embedded.rules.livesynthesis import save_copies

    with call.context.store.transaction():
        save_copies(call.context)
    return Answer({})


def nothing_to_do(_call: Call) -> Answer:
    """Answer the jobs for features that this backend does not have: Grafana, time series, arbiter notifications."""
    return Answer({})
