"""Options that select problems, and texts about them, for ``problems`` and ``watch``."""

from __future__ import annotations

import functools
from typing import Any, Final

import click

from alignak_backend_client.cli.command import Function, option
from alignak_backend_client.monitoring.problems import FLAGS, Row, Selection
from alignak_backend_client.monitoring.states import WORST_FIRST
from alignak_backend_client.output.layout import Column
from alignak_backend_client.output.suggestions import suggestion

COLUMNS: Final = (
    Column("state", kind="state"),
    Column("duration", "since", kind="duration"),
    Column("attempts", "tries"),
    Column("name", "host/service", key=True),
    Column("output"),
    Column("flags"),
    Column("realm", wide=True),
    Column("since", "changed", kind="time", wide=True),
    Column("last_check", "last check", kind="time", wide=True),
    Column("type", wide=True),
    Column("host", wide=True),
    Column("service", wide=True),
)

_WHICH: Final = "Selection"
_SHOWN: Final = "Also show"
_OPTIONS: Final = (
    ("--realm", "realms", _WHICH, "NAME", "only this realm and its sub-realms"),
    ("--host", "hosts", _WHICH, "NAME", "only these hosts and their services: a name, or a pattern such as 'web*'"),
    ("--service", "services", _WHICH, "NAME", "only services with this name, or matching this pattern"),
    ("--state", "states", _WHICH, "STATE", f"only this state: {', '.join(WORST_FIRST)}"),
    ("--acknowledged", "acknowledged", _SHOWN, None, "acknowledged problems"),
    ("--downtime", "downtime", _SHOWN, None, "hosts and services in a downtime"),
    ("--soft", "soft", _SHOWN, None, "problems in a soft state, which further checks have not confirmed yet"),
    ("--down-hosts", "host_down", _SHOWN, None, "services on hosts that are down"),
    ("--all", "everything", _SHOWN, None, "all four above"),
    ("--pending", "pending", _SHOWN, None, "hosts and services that were never checked"),
)


def problem_options(function: Function) -> Function:
    """Add the options; the command gets what ``Problems`` takes: ``selection``, ``flags`` and ``pending``."""

    @functools.wraps(function)
    def run(**values: Any) -> Any:
        given = {name: values.pop(name) for _, name, *_ in _OPTIONS}
        given["states"] = tuple(_state(text) for text in given["states"])
        selection = Selection(**{name: given[name] for name in Selection._fields})
        flags = tuple(flag for flag in FLAGS if given[flag] or given["everything"])
        return function(selection=selection, flags=flags, pending=given["pending"], **values)

    declared: Function = run
    for spelling, name, group, metavar, text in reversed(_OPTIONS):
        more: dict[str, Any] = {"metavar": metavar, "multiple": True} if metavar else {"is_flag": True}
        declared = option(spelling, name, group=group, help=text, **more)(declared)
    return declared


def _state(text: str) -> str:
    state = text.upper()
    if state not in WORST_FIRST:
        raise click.UsageError(f"Unknown problem state {text!r}: {suggestion(state, WORST_FIRST, 'states')}")
    return state


def with_one_line_output(row: Row) -> Row:
    """Return a row with its output in one line, for tables."""
    return {**row, "output": " ".join(str(row["output"]).split())}


def state_summary(rows: list[Row]) -> str:
    """Return the number of rows in each state: ``1 DOWN, 3 CRITICAL``."""
    states = [str(row["state"]) for row in rows]
    return ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))


def flag_summary(rows: list[Row]) -> str:
    """Return the number of rows with each flag: ``2 acknowledged, 1 in a downtime``."""
    numbers = {flag: sum(flag in row["flags"] for row in rows) for flag in FLAGS}
    return ", ".join(f"{number} {_FLAG_PHRASES[flag]}" for flag, number in numbers.items() if number)


_FLAG_PHRASES: Final = {
    "acknowledged": "acknowledged",
    "downtime": "in a downtime",
    "soft": "soft",
    "host_down": "on a host that is down",
}
