"""The grammar of release 1.4.4: options anywhere, an action, an item. Newer commands use click.

Neither argparse nor click supports it: values may start with a dash, ``-b=URL`` means ``-b URL``, and a single word
that is not an action is the name of an item to add.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from alignak_backend_client.cli.registry import ACTIONS, COMMANDS, HELP_WORD, is_probable_typo, suggest_command
from alignak_backend_client.items.names.references import wildcard_host
from alignak_backend_client.model import DEFAULT_TYPE, FORMER_TYPES, find_resource, public_resources
from alignak_backend_client.output.suggestions import nearest, suggestion

Spellings = Mapping[str, tuple[str, ...]]

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
    "yes": ("-y", "--yes"),
    "no_headers": ("--no-headers",),
    "ignore_unknown": ("--ignore-unknown",),
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
    "profile": ("--profile",),
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
"""Options that may be repeated; for others, the last value is used."""
LISTING: Final = ("where", "sort", "limit")
"""Options for printed lists."""
SHOWING: Final = ("output", "columns", "no_headers")
"""Options for printed items and lists."""
NEW_OPTIONS: Final = frozenset({*LISTING, *SHOWING, "json", "yes", "ignore_unknown", "profile"})
"""Options that release 1.4.4 did not have. Only the others may be abbreviated: ``--li`` is ``--list``."""
OPTION_ACTIONS: Final = {
    **dict.fromkeys(LISTING, ("list",)),
    **dict.fromkeys(SHOWING, ("get", "list")),
    "json": ("add", "update", "delete"),
    "yes": ("delete",),
    "ignore_unknown": ("add",),
    "data": ("add", "update", "delete"),
    "template": ("add", "update"),
    "include_read_data": ("update",),
    "model": ("get", "list", "update", "delete"),
    "embedded": ("get", "list"),
    "listed": ("get", "list"),
}
"""The actions that support an option; options that are not listed are supported by all."""
REFUSED: Final = NEW_OPTIONS | {"listed"}
"""Options that are errors with an unsupported action; others are ignored there, as in release 1.4.4."""

MAX_NUMBER: Final = 86_400
"""Maximum value of numbers; more than a day of waiting is assumed to be a mistake."""
NUMBERS: Final[Mapping[str, tuple[type[float], float, float, str]]] = {
    "timeout": (float, 0.001, MAX_NUMBER, "a number of seconds above 0"),
    "retries": (int, 0, MAX_NUMBER, "a whole number, 0 or more"),
    "jobs": (int, 1, MAX_NUMBER, "a whole number, 1 or more"),
    "limit": (int, 0, math.inf, "a whole number; 0 means no limit"),
}
"""Numeric options: type, minimum, maximum, and description."""


class UsageError(Exception):
    """The command line is invalid.

    Attributes:
        quiet: True if it has the option ``--quiet``.
    """

    quiet = False


class Options:
    """The parsed command line; the help text describes each option.

    Attributes:
        access: connection and login, as the arguments of ``Access``.
        topic: the action or command of a request for help; empty for all.
        items: names, patterns and ids of items; empty for all items of a type.
    """

    help: bool = False
    topic: str = ""
    version: bool = False
    verbose: bool = False
    quiet: bool = False
    check: bool = False
    listed: bool = False
    model: bool = False
    embedded: bool = False
    include_read_data: bool = False
    json: bool = False
    yes: bool = False
    no_headers: bool = False
    ignore_unknown: bool = False
    data: str | None = None
    folder: str | None = None
    type: str = DEFAULT_TYPE
    former_type: str | None = None
    template: str | None = None
    templates: list[str] | None = None
    output: str | None = None
    columns: str | None = None
    where: Sequence[str] = ()
    sort: str | None = None
    limit: int | None = None
    action: str = ""
    items: Sequence[str] = ()

    def __init__(self, access: Mapping[str, Any], **given: Any) -> None:
        self.access = access
        self.__dict__.update(given)

    @property
    def item(self) -> str | None:
        """The first item on the command line, or None."""
        return self.items[0] if self.items else None

    @property
    def several(self) -> bool:
        """True if there may be any number of items: all, several words, or a pattern; False for one name."""
        return len(self.items) != 1 or "*" in self.items[0]

    @property
    def host_with_services(self) -> str | None:
        """The host of ``host/*`` for the type host, which includes all its services; otherwise None."""
        return wildcard_host(self.item or "") if self.type == "host" else None

    @property
    def gets_list(self) -> bool:
        """True if ``get`` returns a list: with ``-l``, for several items, and for all services of a host."""
        return self.listed or (self.several and self.host_with_services is None)


def parse(words: Sequence[str]) -> Options:
    """Parse a command line.

    Raises:
        UsageError: it is invalid; the message has a suggestion.
    """
    line = Line(words)
    try:
        return _options(line)
    except UsageError as error:
        error.quiet = "quiet" in line.flags
        raise


def _options(line: Line) -> Options:
    """Return the options, after checking their combination."""
    first = line.words[0] if line.words else ""
    if line.problem:
        # An option of a command whose name is mistyped is unknown here, too.
        raise UsageError(line.problem if first in ACTIONS or not is_probable_typo(first) else _unknown(first))
    values: dict[str, Any] = line.values | line.lists | _numbers(line.values)
    access = {name: values.pop(name) for name in ACCESS if name in values}
    options = Options(access, **dict.fromkeys(line.flags, True), **values)
    if options.help or (first == HELP_WORD and not options.version):
        options.help, options.topic = True, _topic(options, line.words)
    if options.help or options.version:
        return options
    for name in ("data", "folder", "template"):
        if getattr(options, name) == "none":
            setattr(options, name, None)
    if options.template is not None:
        options.templates = [name for part in options.template.split(",") if (name := part.strip())]
    _set_type(options)
    _set_action(options, line.words, bare=line.values.keys().isdisjoint(("type", "data", "template")))
    return options


def _topic(options: Options, words: list[str]) -> str:
    """Return the topic of a request for help."""
    topic = words[0] if words else ""
    if topic == HELP_WORD:
        topic = words[1] if len(words) > 1 else ""
        if topic not in ("", HELP_WORD, *ACTIONS, *COMMANDS):
            raise UsageError(_unknown(topic))
    elif topic not in ACTIONS:
        topic = ""
    if options.listed and topic in ("", "get"):
        return "list"
    return "" if topic == HELP_WORD else topic


def _unknown(word: str) -> str:
    return f"Unknown action {word!r}: {suggest_command(word)}"


def _numbers(values: Mapping[str, str]) -> dict[str, float]:
    """Parse the numeric options."""
    numbers: dict[str, float] = {}
    for name in NUMBERS:
        if name in values:
            try:
                numbers[name] = number(name, values[name])
            except ValueError as error:
                raise UsageError(f"The option --{name} needs {error}, not {values[name]!r}") from None
    return numbers


def number(name: str, text: str) -> float:
    """Parse the value of a numeric option.

    Raises:
        ValueError: it is invalid; the message describes valid values.
    """
    kind, least, most, what = NUMBERS[name]
    try:
        value = kind(text)
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise ValueError(what)
    return value


def _set_type(options: Options) -> None:
    """Check the type of the items."""
    known = public_resources()
    if options.type in FORMER_TYPES:
        options.former_type, options.type = options.type, FORMER_TYPES[options.type]
    if options.type not in known:
        alike = find_resource(options.type)
        hint = f"did you mean {alike.name!r}?" if alike else suggestion(options.type, known, "types")
        raise UsageError(f"Unknown type {options.type!r}: {hint}")


def _set_action(options: Options, words: list[str], *, bare: bool) -> None:
    """Set the action and the items.

    Args:
        options: the options parsed so far.
        words: the words that are not options.
        bare: True if there are no options about the item to add, such as its type or data.
    """
    first = words[0] if words else ""
    options.items = words[1:]
    if first in ACTIONS:
        options.action = first
    elif options.items and (not options.listed or is_probable_typo(first)):
        raise UsageError(_unknown(first))
    elif first:
        options.items = words
        options.action = "get" if options.listed else "add"
        if options.action == "add" and (hint := _suggest(first, bare=bare)):
            raise UsageError(f"Unknown action {first!r}: {hint} To add an item with this name: add {first}")
    elif options.listed:
        options.action = "get"
    else:
        raise UsageError(f"Missing action or item; the actions are: {', '.join([*ACTIONS, *COMMANDS])}")
    if options.action == "add" and len(options.items) > 1:
        raise UsageError(
            f"Too many arguments: {' '.join(options.items[1:])!r}; quote names that contain spaces, "
            "or use a data file for several items (-d)"
        )
    if not all(map(str.strip, options.items)):
        raise UsageError("The name of the item is empty")
    if options.action == "list":
        options.action, options.listed = "get", True


def _suggest(word: str, *, bare: bool) -> str:
    """Return a suggestion for a word that is unlikely to be the name of an item; empty if it may be one."""
    if is_probable_typo(word):
        return suggest_command(word)
    if bare and (found := find_resource(word)):
        return f"did you mean 'list -t {found.name}'?"
    option = f"--{word.lower()}"
    if bare and any(option in spellings for spellings in (*FLAGS.values(), *VALUES.values())):
        return f"did you mean {option!r}?"
    return ""


class Line:
    """Parses a command line word by word.

    Attributes:
        flags: names of the given flags.
        values: name of an option to its value.
        lists: name of a repeatable option to its values.
        words: the words that are not options.
        problem: the first error; empty if there is none.
    """

    def __init__(self, words: Sequence[str], flags: Spellings = FLAGS, values: Spellings = VALUES) -> None:
        """Parse some words.

        Args:
            words: the command line.
            flags: name of an option without a value to its spellings, such as ``("-q", "--quiet")``.
            values: the same for options with a value.
        """
        self.flags: set[str] = set()
        self.values: dict[str, str] = {}
        self.lists: dict[str, list[str]] = {}
        self.words: list[str] = []
        self.problem = ""
        self._with_value = values.keys()
        names = [(spelling, name) for name, spellings in (*flags.items(), *values.items()) for spelling in spellings]
        self._longs = {spelling: name for spelling, name in names if spelling.startswith("--")}
        self._cut = [spelling for spelling, name in self._longs.items() if name not in NEW_OPTIONS]
        self._shorts = {spelling: name for spelling, name in names if not spelling.startswith("--")}
        self._rest = iter(words)
        for word in self._rest:
            if word == "--":
                self.words += self._rest
            elif word.startswith("--"):
                self._long(word)
            elif word.startswith("-") and word != "-":
                self._short(word)
            else:
                self.words.append(word)

    def _long(self, word: str) -> None:
        """Parse ``--option``, ``--option value`` or ``--option=value``; the name may be abbreviated."""
        given, equals, value = word.partition("=")
        found = [given] if given in self._longs else [long for long in self._cut if long.startswith(given)]
        if len(found) > 1:
            self._set_problem(f"The option {given} is ambiguous: {', '.join(found)}")
        elif not found:
            near = nearest(given, self._longs)
            self._set_problem(f"Unknown option {given}" + (f": did you mean {near}?" if near else ""))
        elif (name := self._longs[found[0]]) in self._with_value:
            self._value(given, name, value if equals else None)
        elif equals:
            self._set_problem(f"The option {given} takes no value")
        else:
            self.flags.add(name)

    def _short(self, word: str) -> None:
        """Parse ``-o``, several short options in one word, ``-o value``, ``-ovalue`` or ``-o=value``."""
        for position, letter in enumerate(word[1:], start=2):
            name = self._shorts.get(f"-{letter}")
            if name is None:
                self._set_problem(f"Unknown option -{letter}" + (f" in {word}" if len(word) > 2 else ""))
                return
            if name in self._with_value:
                self._value(f"-{letter}", name, word[position:].removeprefix("=") if word[position:] else None)
                return
            self.flags.add(name)

    def _value(self, option: str, name: str, value: str | None) -> None:
        """Store the value of an option; if it is None, take the next word."""
        value = next(self._rest, None) if value is None else value
        if value is None or (not value and name != "password"):
            self._set_problem(f"The option {option} needs a value")
        elif name in REPEATED:
            self.lists.setdefault(name, []).append(value)
        else:
            self.values[name] = value

    def _set_problem(self, problem: str) -> None:
        self.problem = self.problem or problem
