"""Commands ``ack`` and ``unack``: acknowledge problems, and remove acknowledgements."""

from __future__ import annotations

import functools
from typing import Final

from alignak_backend_client.cli.command import command, option
from alignak_backend_client.cli.options.acting import EXIT_CODES, NAMES, Request, act, acting_options, comment_option
from alignak_backend_client.monitoring.actions import plan_acknowledgements, plan_unacknowledgements

_ACK: Final = f"""\
{NAMES}
Every host or service given by its full name must have a problem; otherwise
nothing is sent. Patterns and --all-services select those with a problem.

{EXIT_CODES}
Examples:
  alignak-backend-cli ack web-1/http -m 'On it, ticket 4711'
  alignak-backend-cli ack web-1 --all-services -m 'Power is out' --wait
      Acknowledge the problems of a host and of its services
  alignak-backend-cli ack '*/*' --where ls_state=UNKNOWN -c -m 'Agent update'
      Show what would be acknowledged
"""

_UNACK: Final = f"""\
{NAMES}
{EXIT_CODES}
Examples:
  alignak-backend-cli unack web-1/http
  alignak-backend-cli unack 'web*' --all-services -m 'It came back'
"""


@command(epilog=_ACK)
@comment_option(required=True)
@option(
    "--sticky/--no-sticky",
    "sticky",
    default=True,
    help="keep the acknowledgement until the problem is over; --no-sticky: only until the state changes, such as from "
    "WARNING to CRITICAL  [default: --sticky]",
)
@option("--notify", is_flag=True, help="send a notification about the acknowledgement")
@option(
    "--persistent/--no-persistent",
    "persistent",
    default=True,
    help="keep the comment after a restart of the engine  [default: --persistent]",
)
@acting_options
def ack(request: Request, comment: str, sticky: bool, notify: bool, persistent: bool) -> int:
    """Acknowledge problems: stop their notifications and show others that they are being handled."""
    fields = {"comment": comment, "sticky": sticky, "notify": notify, "persistent": persistent}
    return act(request, functools.partial(plan_acknowledgements, selector=request.selector, fields=fields))


@command(epilog=_UNACK)
@comment_option()
@acting_options
def unack(request: Request, comment: str | None) -> int:
    """Remove acknowledgements."""
    plan = functools.partial(plan_unacknowledgements, selector=request.selector, fields={"comment": comment or ""})
    return act(request, plan, nothing="Nothing to remove: none of the selected hosts and services is acknowledged")
