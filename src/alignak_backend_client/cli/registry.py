"""The click commands by name; their modules are imported only when they are used.

All other words follow the grammar of 1.4.4, see :mod:`.grammar`.
"""

from __future__ import annotations

from typing import Final

from alignak_backend_client.output.suggestions import is_one_edit_apart, nearest

#: The actions of release 1.4.4.
ACTIONS: Final = ("get", "list", "add", "update", "delete")

#: Name of a command to its module, which has a function with that name (``-`` as ``_``; ``import_``).
COMMANDS: Final = {
    "ack": "alignak_backend_client.cli.commands.ack",
    "apply": "alignak_backend_client.cli.commands.apply",
    "backup": "alignak_backend_client.cli.commands.backup",
    "check": "alignak_backend_client.cli.commands.check",
    "completion": "alignak_backend_client.cli.commands.completion",
    "diff": "alignak_backend_client.cli.commands.diff",
    "downtime": "alignak_backend_client.cli.commands.downtime",
    "examples": "alignak_backend_client.cli.commands.examples",
    "explain": "alignak_backend_client.cli.commands.explain",
    "export": "alignak_backend_client.cli.commands.export",
    "history": "alignak_backend_client.cli.commands.history",
    "import": "alignak_backend_client.cli.commands.import_",
    "login": "alignak_backend_client.cli.commands.login",
    "logout": "alignak_backend_client.cli.commands.login",
    "problems": "alignak_backend_client.cli.commands.problems",
    "profile": "alignak_backend_client.cli.commands.profile",
    "recheck": "alignak_backend_client.cli.commands.recheck",
    "restore": "alignak_backend_client.cli.commands.restore",
    "serve": "alignak_backend_client.cli.commands.serve",
    "status": "alignak_backend_client.cli.commands.status",
    "tree": "alignak_backend_client.cli.commands.tree",
    "unack": "alignak_backend_client.cli.commands.ack",
    "validate": "alignak_backend_client.cli.commands.validate",
    "watch": "alignak_backend_client.cli.commands.watch",
    "why": "alignak_backend_client.cli.commands.why",
}

#: Shows the help text; followed by the name of an action or command, that of this one.
HELP_WORD: Final = "help"

#: Words that are unlikely to be the name of an item, and the likely intention, if there is one.
RESERVED: Final = {
    "-": "",
    "create": "add",
    "del": "delete",
    "describe": "explain",
    "edit": "update",
    "exit": "",
    "find": "list",
    "help": HELP_WORD,
    "ls": "list",
    "modify": "update",
    "new": "add",
    "patch": "update",
    "ping": "",
    "post": "add",
    "put": "update",
    "quit": "",
    "remove": "delete",
    "rm": "delete",
    "search": "list",
    "set": "update",
    "show": "get",
    "usage": HELP_WORD,
    "version": "-V",
    "view": "get",
}


def is_probable_typo(word: str) -> bool:
    """Return True if a word is unlikely to be the name of an item: reserved, or one edit apart from an action."""
    return word.lower() in RESERVED or _similar_command(word) is not None


def suggest_command(word: str) -> str:
    """Return the end of a message about an unknown action: the most similar one, or all actions."""
    known = [*ACTIONS, *COMMANDS]
    near = RESERVED.get(word.lower()) or _similar_command(word) or nearest(word.lower(), known)
    return f"did you mean {near!r}?" if near else f"the actions are: {', '.join(known)}."


def _similar_command(word: str) -> str | None:
    # Many hosts have names similar to short commands, such as back or rack.
    commands = (name for name in COMMANDS if len(name) > 3)
    return next((known for known in (*ACTIONS, *commands, HELP_WORD) if is_one_edit_apart(word.lower(), known)), None)
