"""The command line: options anywhere, an action, an item."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from alignak_backend_client.cli.line import Line, close_matches
from alignak_backend_client.cli.registry import COMMANDS, RESERVED
from alignak_backend_client.model import DEFAULT_TYPE

LARGEST: Final = 86_400
"""Beyond a day of waiting, a number is a mistake."""

ACTIONS: Final = {
    "get": "get an item, or a list of items with -l",
    "list": "get the list of all items of a type",
    "add": "add an item, or the items of a data file",
    "update": "update an item, or the items of a data file",
    "delete": "delete an item, or all items of a type",
}

# Types of old backends that manuals still name.
_FORMER_TYPES: Final = {
    "retention-host": "alignakretention",
    "retention-service": "alignakretention",
    "contact": "user",
    "contactgroup": "usergroup",
}


class UsageError(Exception):
    """The command line is wrong.

    Attributes:
        quiet: True when it asks for no output.
    """

    def __init__(self, message: str, *, quiet: bool = False) -> None:
        super().__init__(message)
        self.quiet = quiet


class Options:
    """What the command line says; see the help text for each.

    Attributes:
        access: what it says of the way to the backend, as the arguments of ``Access``.
    """

    help: bool = False
    version: bool = False
    verbose: bool = False
    quiet: bool = False
    check: bool = False
    listed: bool = False
    model: bool = False
    embedded: bool = False
    include_read_data: bool = False
    json: bool = False
    no_headers: bool = False
    data: str | None = None
    folder: str | None = None
    type: str = DEFAULT_TYPE
    former_type: str | None = None
    template: str | None = None
    output: str | None = None
    columns: str | None = None
    where: Sequence[str] = ()
    sort: str | None = None
    limit: int | None = None
    action: str = ""
    item: str | None = None

    def __init__(self, access: Mapping[str, Any], **given: Any) -> None:
        self.access = access
        for name, value in given.items():
            if not hasattr(type(self), name):
                raise TypeError(f"There is no option {name!r}")
            setattr(self, name, value)

    @property
    def gets_list(self) -> bool:
        """True when ``get`` is for a list: with ``-l``, and for all services of a host."""
        return self.listed or (self.type == "service" and (self.item or "").endswith("/*"))

    @property
    def templates(self) -> list[str] | None:
        """Names of the templates of a new item, or None."""
        if self.template is None:
            return None
        return [name for part in self.template.split(",") if (name := part.strip())]


FLAGS: Final = {
    "help": ("-h", "--help"),
    "version": ("-V", "--version"),
    "verbose": ("-v", "--verbose"),
    "quiet": ("-q", "--quiet"),
    "check": ("-c", "--check"),
    "listed": ("-l", "--list"),
    "model": ("-m", "--model"),
    "embedded": ("-e", "--embedded"),
    "include_read_data": ("-i", "--include-read-data"),
    "json": ("--json",),
    "no_headers": ("--no-headers",),
}
ACCESS: Final = {
    "backend_url": ("-b", "--backend-url"),
    "username": ("-u", "--username"),
    "password": ("-p", "--password"),
    "ca_file": ("--ca-file",),
    "certificate": ("--certificate",),
    "timeout": ("--timeout",),
    "retries": ("--retries",),
    "jobs": ("--jobs",),
}
VALUES: Final = {
    **ACCESS,
    "data": ("-d", "--data"),
    "folder": ("-f", "--folder"),
    "type": ("-t", "--type"),
    "template": ("-T", "--template"),
    "output": ("-o", "--output"),
    "columns": ("--columns",),
    "where": ("--where",),
    "sort": ("--sort",),
    "limit": ("--limit",),
}
REPEATED: Final = ("where",)
LISTING: Final = {name: VALUES[name][-1] for name in ("where", "sort", "limit")}
"""Options of a list that is shown."""
SHOWING: Final = {name: VALUES[name][-1] for name in ("output", "columns")} | {"no_headers": FLAGS["no_headers"][0]}
"""Options of what is shown, be it a list or one item."""
WHOLE: Final = frozenset({*LISTING, *SHOWING, "json"})
"""Release 1.4.4 had none of these, and all others may be cut short: ``--li`` is ``--list``."""


def parse(words: Sequence[str]) -> Options:
    """Return what a command line says.

    Raises:
        UsageError: it is wrong; the message says what, and the nearest right thing.
    """
    line = Line(words, FLAGS, VALUES, repeated=REPEATED, whole=WHOLE)
    try:
        return _options(line)
    except UsageError as error:
        error.quiet = "quiet" in line.flags
        raise


def _options(line: Line) -> Options:
    """Return the options, checked against each other."""
    if line.problem:
        raise UsageError(line.problem)
    values: dict[str, Any] = line.values | line.lists | _numbers(line.values)
    access = {name: values.pop(name) for name in ACCESS if name in values}
    options = Options(access, **dict.fromkeys(line.flags, True), **values)
    if options.help or options.version:
        return options
    for name in ("data", "folder", "template"):
        if getattr(options, name) == "none":
            setattr(options, name, None)
    _set_type(options)
    _set_action(options, line.words)
    return options


def _numbers(values: Mapping[str, str]) -> dict[str, float]:
    """Return the options that are numbers.

    Raises:
        UsageError: one of them is none.
    """
    numbers: dict[str, float] = {}
    for name, kind, least, most, what in (
        ("timeout", float, 0.001, LARGEST, "a number of seconds above 0"),
        ("retries", int, 0, LARGEST, "a whole number, 0 or more"),
        ("jobs", int, 1, LARGEST, "a whole number, 1 or more"),
        ("limit", int, 0, math.inf, "a whole number; 0 is no limit"),
    ):
        if name in values:
            try:
                numbers[name] = kind(values[name])
            except ValueError:
                numbers[name] = math.nan
            if not least <= numbers[name] <= most:
                raise UsageError(f"The option --{name} needs {what}, not {values[name]!r}")
    return numbers


def _set_type(options: Options) -> None:
    """Check the type of the items."""
    from alignak_backend_client.model import public_resources

    known = public_resources()
    if options.type in _FORMER_TYPES:
        options.former_type, options.type = options.type, _FORMER_TYPES[options.type]
    if options.type not in known:
        singular = options.type.lower().removesuffix("s")
        near = [singular] if singular in known else close_matches(options.type, list(known))
        hint = f"did you mean '{near[0]}'?" if near else f"the types are: {', '.join(known)}"
        raise UsageError(f"Unknown type {options.type!r}: {hint}")


def _set_action(options: Options, words: list[str]) -> None:
    """Find out the action and the item."""
    if len(words) > 2:
        raise UsageError(f"Too many words: {' '.join(words[2:])!r}; put quotes around a name with spaces")
    first = words[0] if words else ""
    if first in ACTIONS:
        options.action, options.item = first, words[1] if len(words) == 2 else None
    elif len(words) == 2:
        raise UsageError(f"Unknown action {first!r}: {_nearest(first)}")
    elif first:
        if options.listed:
            options.action, options.item = "get", first
        elif first.lower() in RESERVED or _typo(first):
            raise UsageError(f"Unknown action {first!r}: {_nearest(first)} To add an item of that name: add {first}")
        else:
            options.action, options.item = "add", first
    elif options.listed:
        options.action = "get"
    else:
        raise UsageError(f"An action or an item is needed; the actions are: {', '.join([*ACTIONS, *COMMANDS])}")
    if options.item == "":
        raise UsageError("The name of the item is empty")
    if options.action == "list":
        options.action, options.listed = "get", True
    _check_action(options)


def _check_action(options: Options) -> None:
    """Check that the options fit the action."""
    action, item = options.action, options.item
    if action == "get" and not options.listed and item is None:
        raise UsageError(f"Which {options.type}? Name it, or use 'list' for all of them")
    if action in ("add", "update") and item is None and options.data is None:
        raise UsageError(f"Nothing to {action}: name an item, or give a data file with -d")
    if action == "update" and options.data is None and options.template is None:
        raise UsageError("Nothing to update: give the new values in a data file with -d")
    if options.json and action == "get":
        raise UsageError("The option --json goes with add, update and delete: what 'get' prints is JSON already")
    if options.listed and action != "get":
        raise UsageError(f"The option --list goes with 'get', not with '{action}'")
    _check_showing(options)


def _check_showing(options: Options) -> None:
    """Check the options for showing items; any of them asks for it, by default as a table."""
    showing = [option for name, option in SHOWING.items() if getattr(options, name)]
    listing = [option for name, option in LISTING.items() if getattr(options, name) not in (None, ())]
    if not showing and not listing:
        return
    if options.action != "get":
        raise UsageError(f"The option {(showing + listing)[0]} goes with 'get' and 'list', not with '{options.action}'")
    if listing and not options.gets_list:
        raise UsageError(f"The option {listing[0]} goes with 'list', not with one {options.type}")
    options.output = options.output or "table"


def _nearest(word: str) -> str:
    known = [*ACTIONS, *COMMANDS]
    near = RESERVED.get(word.lower()) or _typo(word) or next(iter(close_matches(word.lower(), known)), None)
    return f"did you mean {near!r}?" if near else f"the actions are: {', '.join(known)}."


def _typo(word: str) -> str | None:
    """Return the action that a word is one slip away from: a letter too many, too few, wrong, or two swapped."""
    return next((action for action in (*ACTIONS, *COMMANDS) if _one_slip(word.lower(), action)), None)


def _one_slip(word: str, action: str) -> bool:
    same = 0
    while same < min(len(word), len(action)) and word[same] == action[same]:
        same += 1
    left, right = word[same:], action[same:]
    return (
        left[1:] == right[1:]
        or left[1:] == right
        or left == right[1:]
        or (len(left) > 1 and left[:2] == right[:2][::-1] and left[2:] == right[2:])
    )
