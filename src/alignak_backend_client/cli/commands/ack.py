"""Commands ``ack`` and ``unack``: acknowledging problems, and taking that back."""

from __future__ import annotations

import functools
from typing import Final

from alignak_backend_client.cli.acting import EXIT_CODES, NAMES, Request, act, acting_options, comment_option
from alignak_backend_client.cli.command import command, option
from alignak_backend_client.monitoring.actions import acknowledgements, acknowledgements_ended

_ACK: Final = f"""\
{NAMES}
What is named itself must have a problem, else nothing is sent; of patterns, and
with --all-services, those are meant that have one.

{EXIT_CODES}
Examples:
  alignak-backend-cli ack web-1/http -m 'On it, ticket 4711'
  alignak-backend-cli ack web-1 --all-services -m 'Power is out' --wait
      The host and its services, as far as they have problems
  alignak-backend-cli ack '*/*' --where ls_state=UNKNOWN -c -m 'Agent update'
      Says what would be acknowledged
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
    help="until it is over, or until the state changes, from WARNING to CRITICAL for example  [default: --sticky]",
)
@option("--notify", is_flag=True, help="notify the users that somebody takes care")
@option(
    "--persistent/--no-persistent",
    "persistent",
    default=True,
    help="keep the comment when the engine restarts  [default: --persistent]",
)
@acting_options
def ack(request: Request, comment: str, sticky: bool, notify: bool, persistent: bool) -> int:
    """Acknowledge problems: others see that somebody takes care, and no more notifications are sent."""
    fields = {"comment": comment, "sticky": sticky, "notify": notify, "persistent": persistent}
    return act(request, functools.partial(acknowledgements, meant=request.meant, fields=fields))


@command(epilog=_UNACK)
@comment_option()
@acting_options
def unack(request: Request, comment: str | None) -> int:
    """Take acknowledgements back."""
    plan = functools.partial(acknowledgements_ended, meant=request.meant, fields={"comment": comment or ""})
    return act(request, plan, nothing="None of those that are meant is acknowledged")
