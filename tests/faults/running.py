"""The command, and what it left in the backend."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from alignak_backend_client import Backend
from cli.running import Ran, run
from servers.faulty_proxy import FAULTS, FaultyProxy

ITEMS = int(os.environ.get("FAULTS_ITEMS", "120"))
"""Items of a run; 2,000 in the long one."""


def command(url: str, *words: str, cwd: Path) -> Ran:
    """Run the command in that folder, in this process: it tries again at once, see :func:`conftest.no_pauses`."""
    with contextlib.chdir(cwd):
        return run("-b", url, *words)


def data_file(folder: Path, items: Iterable[dict[str, Any]], name: str = "data.json") -> str:
    """Write items as a data file and return its path."""
    path = folder / name
    path.write_text(json.dumps(list(items)))
    return str(path)


def admin(url: str) -> Backend:
    """The backend, asked as admin through the library."""
    backend = Backend(url)
    assert backend.login("admin", "admin")
    return backend


def named(backend: Backend, resource: str, prefix: str) -> dict[str, dict[str, Any]]:
    """The items whose names begin so, by name; none may be there twice."""
    items = backend.get_all(resource, {"where": {"name": {"$regex": f"^{prefix}"}}})["_items"]
    found = {item["name"]: item for item in items}
    assert len(found) == len(items), f"{len(items) - len(found)} items are doubled"
    return found


def none_but(items: dict[str, dict[str, Any]], names: Iterable[str], holds: Callable[[dict[str, Any]], bool]) -> None:
    """Exactly these items are there, and each is right."""
    wanted = set(names)
    assert items.keys() == wanted, (len(wanted - items.keys()), len(items.keys() - wanted))
    wrong = [name for name, item in items.items() if not holds(item)]
    assert not wrong, wrong[:5]


class FallingProxy(FaultyProxy):
    """A proxy that lets so many writes through to the backend, and calls a function at the next request.

    Args:
        target: URL of the backend.
        writes: how many requests that change items get through; those to log in do not count.
        fall: is called with the proxy then; by default every connection is reset from then on.
        faults: what strikes once `fall` has set `rate` to 1.
    """

    def __init__(
        self, target: str, writes: int, fall: Callable[[FallingProxy], None] | None = None, faults: Sequence[str] = ()
    ) -> None:
        super().__init__(target, rate=0, faults=faults or FAULTS)
        self._left = writes
        self._fall = fall or FallingProxy.go_down

    def go_down(self) -> None:
        """Reset every connection from now on."""
        self.down = True

    def break_all(self) -> None:
        """Let a fault strike each request from now on."""
        self._rate = 1.0

    def _forward(self, head: bytes, body: bytes) -> bytes:
        answer = super()._forward(head, body)
        if not head.startswith((b"GET", b"POST /login")):
            self._left -= 1
            if self._left == 0:
                self._fall(self)
        return answer
