"""Command ``recheck``: request checks of hosts and services."""

from __future__ import annotations

from typing import Final

from alignak_backend_client.cli.command import command
from alignak_backend_client.cli.options.acting import EXIT_CODES, NAMES, Request, act, acting_options, comment_option
from alignak_backend_client.monitoring.actions import CHECK, RequestPlan, select_targets

_EPILOG: Final = f"""\
{NAMES}
{EXIT_CODES}
Examples:
  alignak-backend-cli recheck web-1/http --wait
  alignak-backend-cli recheck web-1 --all-services
  alignak-backend-cli recheck '*/*' --where ls_state=UNKNOWN
"""


@command(epilog=_EPILOG)
@comment_option()
@acting_options
def recheck(request: Request, comment: str | None) -> int:
    """Check hosts and services now instead of at their next scheduled time."""
    fields = {"comment": comment or ""}
    return act(request, lambda writer: RequestPlan(CHECK, "add", select_targets(writer, request.selector), fields))
