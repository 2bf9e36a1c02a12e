"""The framework of the click commands: declaration, options, help and errors.

A command is a module with a function, and a line in :mod:`.registry`::

    @command(epilog=EPILOG)
    @option("--all", "show_all", is_flag=True, help="acknowledged ones, too")
    @access_options
    def problems(console: Console, access: Access, show_all: bool) -> int: ...

Its docstring is the beginning of the help text, and it returns its exit code. Its exceptions are reported like those of
any other command; it raises :class:`click.UsageError` for a wrong command line.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from alignak_backend_client.cli.access import DEFAULT_URL, Access
from alignak_backend_client.cli.exit_codes import OK, USAGE
from alignak_backend_client.cli.grammar import ACCESS, FLAGS, MAX_NUMBER, VALUES, Spellings
from alignak_backend_client.model.start_documents import ADMINISTRATOR
from alignak_backend_client.output.suggestions import nearest

if TYPE_CHECKING:
    from alignak_backend_client.cli.terminal.console import Console

Function = Callable[..., Any]

_GROUP: Final = "Options"
_SHORT: Final = re.compile("-[A-Za-z]=")
_NUMBER: Final = re.compile(r"[\d.]+")


class Option(click.Option):
    """An option that rejects empty values.

    Attributes:
        group: its heading in the help text.
        bare: its value if no number follows; None if a value is required.
    """

    def __init__(self, *declarations: Any, group: str = _GROUP, bare: str | None = None, **rest: Any) -> None:
        super().__init__(*declarations, **rest)
        self.group = group
        self.bare = bare

    def process_value(self, ctx: click.Context, value: Any) -> Any:
        """Convert and check the value."""
        if "" in (value if isinstance(value, list | tuple) else [value]):
            raise click.BadParameter("it is empty", ctx, self)
        return super().process_value(ctx, value)


class Number(click.ParamType[int]):
    """An integer within a range."""

    name = "number"

    def __init__(self, least: int, most: int) -> None:
        self._least, self._most = least, most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Parse the number."""
        text = str(value)
        if text.isascii() and text.isdigit() and len(text) < 10 and self._least <= int(text) <= self._most:
            return int(text)
        return self.fail(f"{text!r} is not a number from {self._least} to {self._most}", param, ctx)


class Seconds(click.ParamType[float]):
    """A positive number of seconds."""

    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Parse the number of seconds."""
        try:
            seconds = float(value)
        except ValueError:
            seconds = math.nan
        if 0 < seconds <= MAX_NUMBER:
            return seconds
        return self.fail(f"{value!r} is not a number of seconds above 0", param, ctx)


class FilePath(click.Path):
    """A file or folder. An empty name, such as that of an unset variable, does not mean the current folder."""

    def __init__(self, *, allow_dash: bool = False) -> None:
        super().__init__(path_type=Path, allow_dash=allow_dash)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path."""
        return super().convert(value, param, ctx) if value != "" else self.fail("it is empty", param, ctx)


class Command(click.Command):
    """A command whose help text has 80 columns, grouped options, and a verbatim epilog."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse a command line, which may have ``-b=URL`` for ``-b URL``, as in the grammar of 1.4.4.

        An option with an optional value takes the next word only if it is a number.
        """
        options = {each: one for one in self.params if isinstance(one, Option) for each in one.opts}
        words: list[str] = []
        left = args[::-1]
        while left:
            word = left.pop()
            if word == "--":
                words += [word, *left[::-1]]
                break
            name, equals, value = word.partition("=") if _SHORT.match(word) else (word, "", "")
            one = options.get(name)
            if one is None:
                words.append(word)
                continue
            # click compares a short option with all long ones first, which takes 2 ms.
            words.append(one.opts[-1])
            if equals:
                words.append(value)
            elif one.bare and not (left and _NUMBER.fullmatch(left[-1])):
                words[-1] += f"={one.bare}"
            elif left and not one.is_flag:
                words.append(left.pop())
        return super().parse_args(ctx, words)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, each group under its heading."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for each in self.get_params(ctx):
            record = each.get_help_record(ctx)
            if record is not None and isinstance(each, Option):
                groups.setdefault(each.group, []).append(record)
        for group, records in groups.items():
            with formatter.section(group):
                formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """Write the epilog: exit codes and examples."""
        if self.epilog:
            formatter.write_paragraph()
            formatter.write(self.epilog)

    def spellings(self) -> tuple[Spellings, Spellings]:
        """Return the flags, and the options with a value: name of each to its spellings."""
        options = [each for each in self.params if isinstance(each, click.Option)]
        flags = {str(each.name): tuple(each.opts) for each in options if each.is_flag}
        return flags, {str(each.name): tuple(each.opts) for each in options if not each.is_flag}

    def run(self, name: str, words: Sequence[str], console: Console) -> int:
        """Run the command and return its exit code.

        Args:
            name: its name on the command line.
            words: the command line after the name.
            console: the output.
        """
        program = f"alignak-backend-cli {name}"
        try:
            with self.make_context(
                program, list(words), obj=console, terminal_width=80, max_content_width=80
            ) as context:
                code: int | None = self.invoke(context)
                return OK if code is None else code
        except click.exceptions.Exit as end:
            return end.exit_code
        except click.UsageError as error:
            console.error(_shorten(_explain_usage_error(error, name)))
            console.error(f"Run '{program} -h' for help.")
            return USAGE


option = functools.partial(click.option, cls=Option)


def command(*, epilog: str = "", verbose: str = "print each step") -> Callable[[Function], Command]:
    """Return a decorator that makes a function a command. The function gets the ``Console`` as ``console``.

    Args:
        epilog: the end of the help text, printed verbatim; the beginning is the docstring of the function.
        verbose: the help text of ``-v``.
    """

    def declare(function: Function) -> Command:
        @functools.wraps(function)
        def run(**values: Any) -> Any:
            return function(console=click.get_current_context().obj, **values)

        made = click.command(cls=Command, epilog=epilog, add_help_option=False)(run)
        made.params += [
            # The console handles the first two.
            _flag("verbose", verbose),
            _flag("quiet", "print nothing; check the exit code"),
            _flag("help", "show this help", is_eager=True, callback=_show_help),
        ]
        return made

    return declare


def access_options(function: Function) -> Function:
    """Add the options for the backend and the login. The command gets an ``Access`` as ``access``."""

    @functools.wraps(function)
    def run(given: Any, **values: Any) -> Any:
        return function(access=Access(**given), **values)

    return access_arguments(run)


def access_arguments(function: Function) -> Function:
    """Like :func:`access_options`, but the command gets the arguments of ``Access`` as ``given``."""

    @functools.wraps(function)
    def run(**values: Any) -> Any:
        given = {name: values.pop(name) for name in ACCESS}
        return function(given=given, **values)

    declared: Function = run
    for name, group, metavar, kind, text in reversed(_ACCESS_OPTIONS):  # the last decorator is applied first
        declared = option(*ACCESS[name], name, group=group, metavar=metavar, type=kind, help=text)(declared)
    return declared


_PLACE, _CONNECTION = "Access to the backend", "Connection"
_ACCESS_OPTIONS: Final = (
    ("backend_url", _PLACE, "URL", str, f"URL of the backend, or embedded:FILE  [default: {DEFAULT_URL}]"),
    ("username", _PLACE, "NAME", str, f"login name  [default: {ADMINISTRATOR}]"),
    ("password", _PLACE, "PASSWORD", str, "password; '-' prompts for it, or reads a line from standard input"),
    ("profile", _PLACE, "NAME", str, "use the settings of this profile; see the command 'profile'"),
    ("ca_file", _CONNECTION, "FILE", str, "CA certificates (PEM) to trust"),
    ("certificate", _CONNECTION, "FILE", str, "client certificate and its key (PEM)"),
    ("timeout", _CONNECTION, "SECONDS", Seconds(), "timeout for a connection, and for a response"),
    ("retries", _CONNECTION, "NUMBER", Number(0, MAX_NUMBER), "retries for a failed request"),
    ("jobs", _CONNECTION, "NUMBER", Number(1, MAX_NUMBER), "maximum number of parallel requests"),
)


_EXTRA: Final = re.compile(r"Got unexpected extra argument(s?) \((.*)\)", re.DOTALL)
"""click has no separate exception for this."""


def _explain_usage_error(error: click.UsageError, name: str) -> str:
    """Return the message for a wrong command line."""
    if isinstance(error, click.NoSuchOption):
        if any(error.option_name in spellings for spellings in ACCESS.values()):
            return f"{name} does not access a backend: omit {error.option_name}"
        if any(error.option_name in spellings for spellings in (*FLAGS.values(), *VALUES.values())):
            return f"{name} has no option {error.option_name}; to add an item with this name: add {name}"
        # Without the dashes, which make any two short options alike.
        near = nearest(error.option_name.lstrip("-"), [each.lstrip("-") for each in error.possibilities or ()])
        return f"Unknown option {error.option_name}{f': did you mean --{near}?' if near else ''}"
    param = error.param if isinstance(error, click.BadParameter) else None
    choices = param.type.choices if param is not None and isinstance(param.type, click.Choice) else ()
    if isinstance(error, click.MissingParameter) and param is not None:
        if isinstance(param, click.Option):
            return f"Missing option {' / '.join(param.opts)}"
        return f"Missing argument {param.metavar or str(param.name).upper()}" + (
            f": it is one of {', '.join(choices)}" if choices else ""
        )
    if choices and isinstance(param, click.Argument) and error.ctx is not None:
        return f"{error.message.partition(' is not one of ')[0]} is not one of {', '.join(choices)}"
    if extra := _EXTRA.fullmatch(error.message):
        return f"Unexpected argument{extra[1]}: {extra[2]}"
    return error.format_message().removesuffix(".")


def _shorten(text: str) -> str:
    """Shorten the middle of a long message: it may quote a long word, and its end has the allowed values."""
    return text if len(text) <= 500 else f"{text[:250]}...{text[-200:]}"


def _flag(name: str, text: str, **more: Any) -> Option:
    return Option([*FLAGS[name]], is_flag=True, expose_value=False, help=text, **more)


def _show_help(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if wanted:
        ctx.obj.text(ctx.get_help())
        ctx.exit()
