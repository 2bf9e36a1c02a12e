"""The commands that have options of their own, by name; each is a module that is imported only when it is used.

All other words follow the grammar of 1.4.4, see :mod:`.arguments`.
"""

from __future__ import annotations

from typing import Final

#: Name of a command to its module. In there, a function of that name (``-`` as ``_``) is declared as one.
COMMANDS: Final = {"serve": "alignak_backend_client.cli.commands.serve"}

#: Words that are hardly meant as the name of an item, and what is meant instead, if there is such a thing.
RESERVED: Final = {
    "create": "add",
    "help": "-h",
    "ls": "list",
    "ping": "",
    "remove": "delete",
    "rm": "delete",
    "show": "get",
    "version": "-V",
}
