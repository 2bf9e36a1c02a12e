"""The candidates for the end of a command line."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import click

from alignak_backend_client.cli import subcommands
from alignak_backend_client.cli.command import Command
from alignak_backend_client.cli.completion.names import Names
from alignak_backend_client.cli.grammar import ACCESS, FLAGS, OPTION_ACTIONS, VALUES, Line, Spellings
from alignak_backend_client.cli.places import ConfigError
from alignak_backend_client.cli.registry import ACTIONS, COMMANDS, HELP_WORD
from alignak_backend_client.cli.text.help import HELP
from alignak_backend_client.model import DEFAULT_TYPE, Resource, find_resource, public_resources, resources_by_name
from alignak_backend_client.model.fields import AUTOMATIC
from alignak_backend_client.output.layout import FORMATS, Column

FILES: Final = "files"
"""Placeholder for file names, which the shell completes itself."""

Words = Mapping[str, str]
"""Candidates with their descriptions; empty if there are none."""

_FILES: Final = frozenset({"data", "folder", "ca_file", "certificate", "key", "database"})
_ITEMS: Final = {"hosts": "host", "services": "service", "realms": "realm", "users": "user"}
"""Options whose values are names of items."""
_GROUPS: Final = {"group": "hostgroup"}
_MARK: Final = "\0mark"


class Place(NamedTuple):
    """The position on a command line at which a word is completed.

    Attributes:
        line: the words before it.
        command: the command, if it has its own options; None for the grammar of 1.4.4.
        flags: its options without a value.
        values: its options with a value.
        option: name of the option whose value is completed; None for others.
        words: the arguments before it, without the name of the command.
        typed: the part that was typed.
        names: provides names of items.
    """

    line: Line
    command: Command | None
    flags: Spellings
    values: Spellings
    option: str | None
    words: Sequence[str]
    typed: str
    names: Names

    @property
    def resource(self) -> Resource:
        """The type of the items."""
        given = self.line.values.get("type") or self.line.values.get("type_")
        of_service = self.command is not None and "/" in (*self.words, self.typed)[0]
        found = find_resource(given or ("service" if of_service else DEFAULT_TYPE))
        return found or public_resources()[DEFAULT_TYPE]


def candidates(before: Sequence[str], current: str) -> Words | str:
    """Return the candidates for a word, or ``FILES``.

    Args:
        before: the words before it, without the name of the program.
        current: the typed beginning of the word.
    """
    option = re.match(r"(--[^=]+=|-[A-Za-z]=)(.*)", current, re.DOTALL)
    prefix, text = (option[1], option[2]) if option else ("", current)
    place = _place(before, prefix, text)
    if place.option is None and (prefix or current.startswith("-")) and "--" not in before:
        found: Words | str = {} if prefix else _options(place)
    elif place.option is not None:
        found = _values(place, place.option, text)
    else:
        found = _words(place, text)
    if isinstance(found, str):
        return found
    return {prefix + word: description for word, description in found.items() if word.startswith(text)}


def _place(before: Sequence[str], prefix: str, text: str) -> Place:
    call = subcommands.find(before)
    flags: Spellings = FLAGS
    values: Spellings = VALUES
    rest = list(before)
    if call is not None:
        flags, values = call.command.spellings()
        rest = call.words
    line = Line([*rest, prefix + _MARK], flags, values)
    given = {name: value for name, value in line.values.items() if value == _MARK}
    given |= {name: texts[-1] for name, texts in line.lists.items() if texts[-1] == _MARK}
    access = {name: value for name, value in line.values.items() if name in ACCESS and value != _MARK}
    return Place(
        line,
        None if call is None else call.command,
        flags,
        values,
        next(iter(given), None),
        [word for word in line.words if word != _MARK],
        text,
        Names({name: value for name, value in access.items() if name not in ("timeout", "retries", "jobs")}),
    )


def _options(place: Place) -> Words:
    action = place.words[0] if place.words and place.command is None else None
    description = {}
    if place.command is not None:
        description = {
            str(each.name): each.help or "" for each in place.command.params if isinstance(each, click.Option)
        }
    found = {}
    for name, spellings in (*place.flags.items(), *place.values.items()):
        fitting = place.command is not None or action not in ACTIONS or action in OPTION_ACTIONS.get(name, ACTIONS)
        if fitting:
            found.update(dict.fromkeys(spellings, description.get(name) or _help_text(spellings[-1])))
    return found


def _help_text(word: str) -> str:
    """Return the help text of a word; of an option, the first line."""
    found = re.search(
        rf"^ +(?:-\w, |)(?:\w+, )?{re.escape(word)}(?:,[ \w]+|=\w+|)(?: \[?<item>.*?)?  +(\S.*)$", HELP, re.MULTILINE
    )
    return found[1] if found else ""


def _values(place: Place, option: str, text: str) -> Words | str:
    """Return the possible values of an option."""
    if option in _FILES:
        return FILES
    declared = None if place.command is None else next(each for each in place.command.params if each.name == option)
    match option:
        case "type" | "type_":
            return _types()
        case "output":
            return _plain(FORMATS)
        case "profile":
            return _profiles()
        case "columns":
            return _list_elements(text, _plain(_columns(place, text.rpartition(",")[2])))
        case "sort":
            last = text.rpartition(",")[2]
            fields = _columns(place, last.removeprefix("-"))
            return _list_elements(text, {f"{'-' if last.startswith('-') else ''}{name}": "" for name in fields})
        case "where":
            return _conditions(place.resource, text)
        case "template":
            last = text.rpartition(",")[2]
            return _list_elements(text, _plain(place.names.like(place.resource, last, templates=True)))
        case "states":
            from alignak_backend_client.monitoring.states import WORST_FIRST

            return _plain(state.lower() if text[:1].islower() else state for state in WORST_FIRST)
        case "types":
            from alignak_backend_client.monitoring.history import EVENTS

            return _plain(EVENTS)
        case _ if option in _ITEMS:
            return _plain(place.names.like(public_resources()[_ITEMS[option]], text))
    return _choices(declared)


def _words(place: Place, text: str) -> Words | str:
    """Return the possible arguments."""
    if place.command is None:
        if not place.words:
            return {name: _help_text(name) for name in (*ACTIONS, *COMMANDS, HELP_WORD)}
        if place.words == [HELP_WORD]:
            return {name: _help_text(name) for name in (*ACTIONS, *COMMANDS)}
        if place.words[0] not in ACTIONS or place.words[0] == "add":
            return {}
        templates = "model" in place.line.flags
        return _plain(place.names.like(place.resource, text, templates=templates))
    arguments = [each for each in place.command.params if isinstance(each, click.Argument)]
    if not arguments or (len(place.words) >= len(arguments) and arguments[-1].nargs != -1):
        return {}
    argument = arguments[min(len(place.words), len(arguments) - 1)]
    if isinstance(argument.type, click.Path):
        return FILES
    if place.command.name == "profile":
        return _profile_arguments(place.words)
    match argument.name:
        case "topic":
            return _topics(text)
        case "fields":
            return _plain(_fields(place.resource))
        case "name" | "names":
            return _plain(_names(place, place.command.name, text))
    return _choices(argument)


def _names(place: Place, command: str | None, text: str) -> list[str]:
    """Return names of items, as the command takes them."""
    resources = public_resources()
    if command == "why":
        return place.names.like(place.resource, text, templates=None)
    if command == "tree":
        kind = _GROUPS.get(place.words[0], place.words[0])
        resource = resources.get("host" if kind == "template" else kind)
        return place.names.like(resource, text, templates=kind == "template") if resource else []
    found = place.names.like(resources["service" if "/" in text else "host"], text)
    if "remove" in place.line.flags and re.fullmatch("[0-9a-f]*", text):
        found += place.names.downtimes(text)
    return found


def _profile_arguments(words: Sequence[str]) -> Words:
    """Return the arguments of the command ``profile``."""
    from alignak_backend_client.cli.commands.profile import ACTIONS as ACTIONS_OF_PROFILE
    from alignak_backend_client.cli.profiles.config import KEYS

    if not words:
        return _plain(ACTIONS_OF_PROFILE)
    if len(words) > 1:
        return _plain(f"{key}=" for key in KEYS) if words[0] == "set" else {}
    return {} if words[0] == "list" else _profiles()


def _plain(words: Iterable[str]) -> Words:
    return dict.fromkeys(words, "")


def _choices(declared: click.Parameter | None) -> Words:
    kind = declared.type if declared is not None else None
    return _plain(map(str, kind.choices)) if isinstance(kind, click.Choice) else {}


def _list_elements(text: str, words: Words) -> Words:
    """Return candidates for the last element of a comma-separated list, without those already in it."""
    before, comma, _ = text.rpartition(",")
    had = before.split(",")
    return {f"{before}{comma}{word}": description for word, description in words.items() if word not in had}


def _types() -> Words:
    from alignak_backend_client.model.descriptions import descriptions_by_resource

    described = descriptions_by_resource()
    return {name: described[name].description.partition(". ")[0] for name in public_resources()}


def _paths(resource: Resource | None, text: str, *, secrets: bool = False) -> list[str]:
    """Return the fields that a path may end with: after a link and a dot, those of the linked item."""
    *steps, _ = text.split(".")
    for step in steps:
        link = resource.links.get(step) if resource is not None else None
        resource = resources_by_name()[link.resource] if link is not None else None
    if resource is None:
        return []
    fields = resource.fields if secrets else _fields(resource)
    return [".".join([*steps, field]) for field in fields]


def _fields(resource: Resource) -> list[str]:
    return [*(name for name in resource.fields if name not in resource.secrets), *AUTOMATIC]


def _columns(place: Place, text: str) -> Iterator[str]:
    """Yield the columns of a command, which its module defines; the actions have all fields."""
    if place.command is None:
        yield from _paths(place.resource, text)
        return
    for value in vars(sys.modules[place.command.callback.__module__]).values():
        if isinstance(value, tuple):
            yield from (each.field for each in value if isinstance(each, Column))


def _conditions(resource: Resource, text: str) -> Words:
    """Return fields followed by ``=``, or the values of a field."""
    name, sign, _ = text.partition("=")
    if not sign:
        return _plain(f"{field}=" for field in _fields(resource))
    name = name.removesuffix("!")
    schema: Mapping[str, Any] = resource.fields.get(name, {})
    allowed = ("true", "false") if schema.get("type") == "boolean" else schema.get("allowed", ())
    return _plain(f"{text.partition('=')[0]}={value}" for value in allowed)


def _topics(text: str) -> Words:
    name, dot, path = text.partition(".")
    if not dot:
        return _types()
    return _plain(f"{name}.{field}" for field in _paths(find_resource(name), path, secrets=True))


def _profiles() -> Words:
    from alignak_backend_client.cli.profiles.config import Config

    try:
        return {name: str(settings.get("url", "")) for name, settings in Config().profiles.items()}
    except ConfigError:
        return {}
