"""The command line as release 1.4.4 read it: options anywhere, an action, an item. Newer commands stand on click.

Neither argparse nor click can read it: values may begin with a dash, ``-b=URL`` is ``-b URL``, and a single word that
is no action is the name of an item to add.
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
"""Options that may be given several times; of the others the last value counts."""
LISTING: Final = ("where", "sort", "limit")
"""Options of a list that is shown."""
SHOWING: Final = ("output", "columns", "no_headers")
"""Options of what is shown, be it a list or one item."""
WHOLE: Final = frozenset({*LISTING, *SHOWING, "json", "yes", "ignore_unknown", "profile"})
"""Release 1.4.4 had none of these, and all others may be cut short: ``--li`` is ``--list``."""
FITTING: Final = {
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
"""The actions that an option goes with; those that are not here go with all."""
REFUSED: Final = WHOLE | {"listed"}
"""With another action these are errors. The others change nothing there, as in release 1.4.4."""

LARGEST: Final = 86_400
"""Beyond a day of waiting, a number is a mistake."""
NUMBERS: Final[Mapping[str, tuple[type[float], float, float, str]]] = {
    "timeout": (float, 0.001, LARGEST, "a number of seconds above 0"),
    "retries": (int, 0, LARGEST, "a whole number, 0 or more"),
    "jobs": (int, 1, LARGEST, "a whole number, 1 or more"),
    "limit": (int, 0, math.inf, "a whole number; 0 means no limit"),
}
"""Options that are numbers: their type, the least and the largest, and what they are."""


class UsageError(Exception):
    """The command line is wrong.

    Attributes:
        quiet: True when it asks for no output.
    """

    quiet = False


class Options:
    """What the command line says; see the help text for each.

    Attributes:
        access: what it says of the way to the backend, as the arguments of ``Access``.
        topic: the action or command that help is wanted for; empty for all.
        items: names, patterns and ids of the items that are meant; none for all of a type.
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
        """The first item that is named."""
        return self.items[0] if self.items else None

    @property
    def several(self) -> bool:
        """True for any number of items: all, several words, or a pattern; False for one name."""
        return len(self.items) != 1 or "*" in self.items[0]

    @property
    def host_with_services(self) -> str | None:
        """The host that is meant with all its services: ``host/*`` where hosts are meant."""
        return wildcard_host(self.item or "") if self.type == "host" else None

    @property
    def gets_list(self) -> bool:
        """True when ``get`` is for a list: with ``-l``, of several items, and for all services of a host."""
        return self.listed or (self.several and self.host_with_services is None)


def parse(words: Sequence[str]) -> Options:
    """Return what a command line says.

    Raises:
        UsageError: it is wrong; the message says what, and the nearest right thing.
    """
    line = Line(words)
    try:
        return _options(line)
    except UsageError as error:
        error.quiet = "quiet" in line.flags
        raise


def _options(line: Line) -> Options:
    """Return the options, checked against each other."""
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
    """Return what help is wanted for."""
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
    """Return the options that are numbers."""
    numbers: dict[str, float] = {}
    for name in NUMBERS:
        if name in values:
            try:
                numbers[name] = number(name, values[name])
            except ValueError as error:
                raise UsageError(f"The option --{name} needs {error}, not {values[name]!r}") from None
    return numbers


def number(name: str, text: str) -> float:
    """Return the value of an option that is a number.

    Raises:
        ValueError: it cannot have that value; the message says what it needs.
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
    """Find out the action and the items.

    Args:
        options: what is known so far.
        words: what is no option.
        bare: True when nothing says more of an item to add: which type, which data.
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
        if options.action == "add" and (hint := _hint(first, bare=bare)):
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


def _hint(word: str, *, bare: bool) -> str:
    """Return what is meant by a word that is hardly the name of an item; empty when it may well be one."""
    if is_probable_typo(word):
        return suggest_command(word)
    if bare and (found := find_resource(word)):
        return f"did you mean 'list -t {found.name}'?"
    option = f"--{word.lower()}"
    if bare and any(option in spellings for spellings in (*FLAGS.values(), *VALUES.values())):
        return f"did you mean {option!r}?"
    return ""


class Line:
    """A command line, read word by word.

    Attributes:
        flags: names of the flags that were given.
        values: name of an option to its value.
        lists: name of an option that may be given several times to its values.
        words: what is no option.
        problem: the first thing that is wrong; empty when nothing is.
    """

    def __init__(self, words: Sequence[str], flags: Spellings = FLAGS, values: Spellings = VALUES) -> None:
        """Read some words.

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
        self._cut = [spelling for spelling, name in self._longs.items() if name not in WHOLE]
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
        """Read ``--option``, ``--option value`` or ``--option=value``; the name may be cut short."""
        given, equals, value = word.partition("=")
        found = [given] if given in self._longs else [long for long in self._cut if long.startswith(given)]
        if len(found) > 1:
            self._wrong(f"The option {given} is ambiguous: {', '.join(found)}")
        elif not found:
            near = nearest(given, self._longs)
            self._wrong(f"Unknown option {given}" + (f": did you mean {near}?" if near else ""))
        elif (name := self._longs[found[0]]) in self._with_value:
            self._value(given, name, value if equals else None)
        elif equals:
            self._wrong(f"The option {given} takes no value")
        else:
            self.flags.add(name)

    def _short(self, word: str) -> None:
        """Read ``-o``, several of them in one word, ``-o value``, ``-ovalue`` or ``-o=value``."""
        for position, letter in enumerate(word[1:], start=2):
            name = self._shorts.get(f"-{letter}")
            if name is None:
                self._wrong(f"Unknown option -{letter}" + (f" in {word}" if len(word) > 2 else ""))
                return
            if name in self._with_value:
                self._value(f"-{letter}", name, word[position:].removeprefix("=") if word[position:] else None)
                return
            self.flags.add(name)

    def _value(self, option: str, name: str, value: str | None) -> None:
        """Keep the value of an option; it is the next word when it does not stand in the same."""
        value = next(self._rest, None) if value is None else value
        if value is None or (not value and name != "password"):
            self._wrong(f"The option {option} needs a value")
        elif name in REPEATED:
            self.lists.setdefault(name, []).append(value)
        else:
            self.values[name] = value

    def _wrong(self, problem: str) -> None:
        self.problem = self.problem or problem
