"""The command ``alignak-backend-cli``."""

from __future__ import annotations

import os
import sys

from alignak_backend_client._version import __version__
from alignak_backend_client.cli.exit_codes import FAILED, INTERRUPTED, OK, USAGE

# Importing typing takes 10 ms, which the version and the help text do not need. Type checkers know the name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

    from alignak_backend_client.cli.grammar import Options
    from alignak_backend_client.cli.terminal.console import Console

_SHORT_ANSWERS = ("-h", "--help", "help", "-V", "--version")


def run() -> NoReturn:
    """Run the command as a process of its own."""
    try:
        import gc

        # Long lists are many small objects, and no garbage: looking for it takes a tenth of the time.
        gc.set_threshold(50_000, 20, 50)
        code = _flush(main())
    except KeyboardInterrupt:  # while modules are imported, or nobody reads the output
        if sys.stderr is not None:
            sys.stderr.write("Interrupted\n")
        code = INTERRUPTED
    # All is closed. To let the interpreter tidy up takes 8 ms, and a request that hangs in a thread keeps it alive.
    os._exit(code)


def _flush(code: int) -> int:
    """Write what is left in the buffers, and return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError) as error:
            if code == OK and stream is sys.stdout and not isinstance(error, BrokenPipeError | ValueError):
                from alignak_backend_client.cli.terminal.console import Console

                Console().error(f"The output cannot be written: {error.strerror}")
            code = code or FAILED
    return code


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    Args:
        arguments: the command line without the name of the command; that of the process by default.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if len(words) == 1 and words[0] in _SHORT_ANSWERS:
        return _print_quickly(words[0])
    from alignak_backend_client.cli import subcommands
    from alignak_backend_client.cli.grammar import UsageError, parse
    from alignak_backend_client.cli.registry import ACTIONS
    from alignak_backend_client.cli.terminal.console import Console, OutputError

    console = Console()
    try:
        code = subcommands.run(words, console)
        if code is not None:
            return code
        options = parse(words)
        console.quiet, console.verbose = options.quiet, options.verbose
        return _run(options, console)
    except UsageError as error:
        console.quiet = console.quiet or error.quiet
        console.error(str(error))
        action = next((f"{word} " for word in words if word in ACTIONS), "")
        console.error(f"Run 'alignak-backend-cli {action}-h' for help.")
        return USAGE
    except KeyboardInterrupt as interrupt:
        console.error(f"Interrupted: {interrupt}" if interrupt.args else "Interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        return _handle_closed_output()
    except OutputError as error:
        console.error(str(error))
        return FAILED
    except Exception as error:  # noqa: BLE001 - whatever it is, users get one line, not a traceback
        from alignak_backend_client.cli.failures import explain_error

        reason, code = explain_error(error)
        console.error(reason)
        return code


def _handle_closed_output() -> int:
    """Return the exit code after the reader of our output has closed it."""
    # Nothing tries again at the end.
    sys.stdout = None  # as Python has it when it is closed from the start
    return FAILED


def _print_quickly(word: str) -> int:
    """Print the version or the help text, without importing what these do not need."""
    from alignak_backend_client.cli.text.help import HELP

    try:
        print(f"alignak-backend-cli {__version__}" if word in ("-V", "--version") else HELP.rstrip("\n"))
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            print(f"The output cannot be written: {error.strerror}", file=sys.stderr)
        return _handle_closed_output()
    return OK


def _print_help(topic: str, console: Console) -> int:
    """Print the help text of an action or command, or the complete one."""
    from alignak_backend_client.cli import subcommands
    from alignak_backend_client.cli.registry import ACTIONS

    if topic in ACTIONS:
        from alignak_backend_client.cli.text.action_help import action_help

        console.text(action_help(topic))
    elif topic:
        subcommands.run([topic, "-h", *(["-q"] if console.quiet else [])], console)
    else:
        from alignak_backend_client.cli.text.help import HELP

        console.text(HELP)
    return OK


def _run(options: Options, console: Console) -> int:
    """Run an action and return the exit code."""
    if options.help:
        return _print_help(options.topic, console)
    if options.version:
        console.result(f"alignak-backend-cli {__version__}")
        return OK
    from alignak_backend_client.cli.access import Access, NoAccess
    from alignak_backend_client.cli.commands import command
    from alignak_backend_client.cli.failures import explain_error
    from alignak_backend_client.exceptions import BackendException
    from alignak_backend_client.items.errors import ItemError

    access = Access(**options.access)
    action = command(options, access.username, console)
    try:
        with access.open(console, dry_run=options.check, creates=options.action == "add") as backend:
            return OK if action.run(backend) else FAILED
    except KeyboardInterrupt:
        action.cut_off("interrupted", interrupted=True)
        raise
    except (NoAccess, ItemError, BackendException) as error:
        reason, code = explain_error(error)
        console.error(reason)
        action.cut_off(reason)
        return code
