"""Running the command, and what it left: exit code, output, files."""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alignak_backend_client.cli import main
from alignak_backend_client.client import Backend

_numbers = itertools.count(1)
_VARIABLES = (*(f"ALIGNAK_BACKEND_{name}" for name in ("URL", "USERNAME", "PASSWORD", "PROFILE")), "PYTHONUNBUFFERED")

Item = dict[str, Any]


def unique(prefix: str = "item") -> str:
    """A name nobody else uses, in this run and in other processes."""
    return f"{prefix}-{os.getpid()}-{next(_numbers)}"


@dataclass(frozen=True)
class Ran:
    """What a run of the command left."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


class _Stream(io.TextIOWrapper):
    """A captured stream of text, with the bytes below it."""

    def __init__(self, content: bytes = b"", encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(content), encoding=encoding, write_through=True)

    def isatty(self) -> bool:
        return False

    @property
    def text(self) -> str:
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode(self.encoding)


def environment(**more: str) -> dict[str, str]:
    """The environment without what configures the command."""
    return {name: value for name, value in os.environ.items() if name not in _VARIABLES} | more


def run(
    *words: str,
    stdin: bytes = b"",
    encoding: str = "utf-8",
    variables: Mapping[str, str] | None = None,
    together: bool = False,
) -> Ran:
    """Run the command in this process; what it prints comes as one text when it is wanted together."""
    out = _Stream(encoding=encoding)
    err = out if together else _Stream(encoding=encoding)
    before = dict(os.environ)
    real_stdin = sys.stdin
    sys.stdin = _Stream(stdin)
    for name in _VARIABLES:
        os.environ.pop(name, None)
    os.environ.update(variables or {})
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(list(words))
    finally:
        sys.stdin = real_stdin
        os.environ.clear()
        os.environ.update(before)
    ran = Ran(code, out.text, "" if together else err.text)
    assert "Traceback" not in ran.text
    assert "Internal error" not in ran.text, ran
    return ran


COMMAND = (str(Path(sys.executable).with_name("alignak-backend-cli")),)
MODULE = (sys.executable, "-m", "alignak_backend_client")


def spawn(
    *words: str,
    command: tuple[str, ...] = COMMAND,
    stdin: bytes = b"",
    cwd: Path | None = None,
    **variables: str,
) -> Ran:
    """Run the installed command in a process of its own."""
    done = subprocess.run(
        [*command, *words],
        input=stdin,
        capture_output=True,
        cwd=cwd,
        env=environment(**variables),
        timeout=60,
        check=False,
    )
    ran = Ran(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert "Traceback" not in ran.text, ran
    return ran


@dataclass
class Desk:
    """A folder, and a backend: where a user sits.

    Attributes:
        url: URL of the backend.
        folder: where files are read from and written to; the command is run in it.
    """

    url: str
    folder: Path
    _backend: Backend | None = field(default=None, repr=False)

    def run(self, *words: str, stdin: bytes = b"", **more: Any) -> Ran:
        """Run the command on this backend."""
        return run("-b", self.url, "-f", str(self.folder), *words, stdin=stdin, **more)

    def ok(self, *words: str, **more: Any) -> Ran:
        """Run the command; it must succeed."""
        ran = self.run(*words, **more)
        assert ran.code == 0, ran
        return ran

    def file(self, data: Any, name: str = "") -> str:
        """Write data as JSON, text and bytes as they are; return the name of the file."""
        name = name or f"{unique('data')}.json"
        path = self.folder / name
        if isinstance(data, bytes):
            path.write_bytes(data)
        else:
            path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
        return name

    def load(self, name: str) -> Any:
        """What a dump file holds."""
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    def files(self) -> set[str]:
        """The names of the files in the folder."""
        return {path.name for path in self.folder.iterdir()}

    @property
    def backend(self) -> Backend:
        """The backend, asked as admin through the library."""
        if self._backend is None:
            self._backend = Backend(self.url)
            assert self._backend.login("admin", "admin")
        return self._backend

    def close(self) -> None:
        """Close the connections."""
        if self._backend is not None:
            self._backend.close()

    def items(self, resource: str, **where: Any) -> list[Item]:
        """The items that match."""
        found: list[Item] = self.backend.get_all(resource, {"where": json.dumps(where)})["_items"]
        return found

    def item(self, resource: str, name: str, **where: Any) -> Item:
        """The one item of a name."""
        found = self.items(resource, name=name, **where)
        assert len(found) == 1, found
        return found[0]

    def item_by_scan(self, resource: str, name: str) -> Item:
        """The one item of a name that the backend would take for something else in a filter."""
        (found,) = [item for item in self.items(resource) if item["name"] == name]
        return found

    def named(self, resource: str, identity: Any) -> Any:
        """The name of the item that an id means."""
        return self.backend.get(f"{resource}/{identity}")["name"]

    def everything(self) -> dict[str, list[Item]]:
        """The whole content of the backend, to compare."""
        types = [child["href"] for child in self.backend.get_domains()]
        return {name: self.backend.get_all(name)["_items"] for name in types}


def contents(folder: Path) -> dict[str, str]:
    """Return the text of each file of a site."""
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*.yml"))}


def without_reader(*words: str, cwd: Path | None = None) -> tuple[int, str]:
    """Run the command with an output that nobody reads; return its exit code and errors."""
    with subprocess.Popen(
        [*COMMAND, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), text=True, cwd=cwd
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        errors = process.stderr.read()
        process.wait(timeout=30)
    return process.returncode, errors


def interrupted(*words: str, hanging: threading.Event, release: threading.Event) -> Ran:
    """Run the installed command, and press Ctrl-C when an answer hangs; the answer is released afterwards."""
    with subprocess.Popen(
        [*COMMAND, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), text=True
    ) as process:
        try:
            assert hanging.wait(30)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
        finally:
            process.kill()
            release.set()
    return Ran(process.returncode, out, err)
