"""The command in a process of its own: terminals, pipes, signals."""

from __future__ import annotations

import gc
import io
import itertools
import json
import os
import pty
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alignak_backend_client import cli
from cli.running import COMMAND, MODULE, Desk, environment, interrupted, spawn, unique, without_reader
from servers import misbehaving
from servers.misbehaving import Behaviour, MisbehavingServer, Request


@pytest.mark.parametrize("command", [COMMAND, MODULE])
def test_the_installed_command(desk: Desk, command: tuple[str, ...]) -> None:
    assert spawn("-V", command=command).out.startswith("alignak-backend-cli ")
    ran = spawn("list", "-b", desk.url, command=command, cwd=desk.folder)
    assert ran.code == 0
    assert desk.files() == {"alignak-object-list-hosts.json"}
    assert spawn(command=command).code == 64
    assert spawn("-b", "http://127.0.0.1:1", "list", command=command).code == 1
    ran = spawn("get", "nothing", command=command, ALIGNAK_BACKEND_URL=desk.url, cwd=desk.folder)
    assert ran.code == 2


def test_the_reader_of_the_output_goes_away(desk: Desk) -> None:
    name = unique("host")
    desk.ok("-d", desk.file({"notes": "x" * 200_000}), "add", name)
    code, errors = without_reader("-b", desk.url, "get", name, cwd=desk.folder)
    assert "Traceback" not in errors
    assert "Exception ignored" not in errors
    assert code in (0, 2)
    desk.ok("delete", name)


def test_the_password_is_asked_for_on_a_terminal(desk: Desk) -> None:
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "-b", desk.url, "-p", "-", "-t", "command", "list"],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        cwd=desk.folder,
        env=environment(),
        start_new_session=True,
        preexec_fn=_take_terminal,  # noqa: PLW1509 - the child does no more than one system call
    )
    os.close(slave)
    try:
        shown = b""
        while b"assword" not in shown:
            shown += os.read(master, 1000)
        # getpass throws away what was typed before it turned the echo off.
        time.sleep(0.3)
        os.write(master, b"admin\n")
        try:
            while more := os.read(master, 1000):
                shown += more
        except OSError:
            pass  # the terminal is closed at the other end
        assert process.wait(timeout=30) == 0
    finally:
        process.kill()
        process.wait()
        os.close(master)
    assert b"admin\r\n" not in shown
    assert desk.files() == {"alignak-object-list-commands.json"}


def _take_terminal() -> None:
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@pytest.mark.parametrize("action", ["update", "delete"])
def test_ctrl_c_reports_what_was_written(tmp_path: Path, action: str) -> None:
    """The third item hangs in the backend; then the user presses Ctrl-C."""
    hanging = threading.Event()
    release = threading.Event()
    writes = itertools.count(1)  # for several threads of the server
    items = [{"_id": f"{number:024x}", "name": f"cmd-{number}", "_etag": "e", "alias": "x"} for number in range(1, 6)]

    def script(request: Request) -> Behaviour:
        path = request.path.split("?")[0]
        if request.method == "GET":
            wanted = [item for item in items if item["name"] in request.path] or items
            if path.count("/") == 2:
                return misbehaving.json_answer(wanted[0])
            wanted = wanted if "%24gt" not in request.path else []
            return misbehaving.json_answer({"_items": wanted, "_meta": {"total": len(wanted)}})
        if next(writes) == 3:
            hanging.set()
            release.wait(20)
        done = {"_status": "OK", "_id": path.rpartition("/")[2], "_etag": "f"}
        return misbehaving.empty_body(204) if request.method == "DELETE" else misbehaving.json_answer(done)

    data = tmp_path / "data.json"
    data.write_text(json.dumps([{"name": item["name"], "alias": "new"} for item in items]))
    words = ["-t", "host" if action == "delete" else "command", action]
    if action != "delete":
        words += ["-d", str(data)]
    with MisbehavingServer([misbehaving.after_login(script, page_limit=50)]) as server:
        ran = interrupted("-b", server.url, *words, hanging=hanging, release=release)
    assert ran.code == 130
    assert "Traceback" not in ran.err
    # Four requests run at a time: the others were answered, one hangs.
    counts = re.search(r"(\d) (?:command|host)s? (?:upda|dele)ted, (\d) not", ran.err)
    assert counts is not None, ran.err
    assert int(counts[1]) + int(counts[2]) == 5
    assert 1 <= int(counts[1]) <= 4
    assert ran.out == ""
    assert "run the command again" in ran.err
    assert ran.err.endswith("Interrupted\n")


def test_ctrl_c_while_adding(desk: Desk) -> None:
    stem = unique("many")
    data = desk.file([{"name": f"{stem}-{number}"} for number in range(6000)])

    def there() -> int:
        items: list[object] = desk.backend.get_all("command", {"where": {"name": {"$regex": f"^{stem}-"}}})["_items"]
        return len(items)

    with subprocess.Popen(
        [*COMMAND, "-b", desk.url, "-t", "command", "-d", data, "add"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=desk.folder,
        env=environment(),
        text=True,
    ) as process:
        while not there():
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    counts = re.search(r"(\d+) commands added, (\d+) not added", err)
    assert counts is not None, err
    assert int(counts[1]) + int(counts[2]) == 6000
    # The backend may finish what was under way after the command has ended.
    assert int(counts[1]) <= there() < 6000
    assert "Interrupted" in err
    # Running it again finishes the work, and reports what was there.
    again = desk.ok("-t", "command", "-d", data, "add")
    left = re.search(r"(\d+) commands added, (\d+) unchanged", again.out)
    assert left is not None, again.out
    assert int(left[1]) + int(left[2]) == 6000
    assert int(left[2]) >= int(counts[1])
    assert there() == 6000


def test_ctrl_c_at_once(desk: Desk) -> None:
    with MisbehavingServer([misbehaving.slow({"token": "t"}, before=20)]) as server:
        process = subprocess.Popen(
            [*COMMAND, "-b", server.url, "list"], stderr=subprocess.PIPE, env=environment(), text=True, cwd=desk.folder
        )
        while not server.requests:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
        # The server would hold its answer for the whole delay.
        server._stopping.set()
    assert (process.returncode, err) == (130, "Interrupted\n")
    assert desk.files() == set()


def test_a_rejected_login_is_reported_once(desk: Desk) -> None:
    """In a process of its own: there, warnings that nobody handles end on standard error, too."""
    done = subprocess.run(
        [*COMMAND, "-b", desk.url, "-p", "nonsense", "list"],
        capture_output=True, env=environment(), text=True, cwd=desk.folder, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "nonsense" not in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["-d", "stdin", "add", "h"], 2, "standard input is empty"),
        (["-p", "-", "list"], 1, "No password was given (-p)"),
        (["serve", "--port", "0", "--database", ":memory:", "--admin-password", "-"], 64, "No password was given"),
    ],
)
def test_a_standard_input_that_is_closed(desk: Desk, words: list[str], code: int, message: str) -> None:
    command = [*COMMAND, *words] if "serve" in words else [*COMMAND, "-b", desk.url, *words]
    done = subprocess.run(
        ["sh", "-c", '"$@" <&-', "sh", *command],
        capture_output=True, env=environment(), text=True, cwd=desk.folder, check=False,
    )  # fmt: skip
    assert done.returncode == code, done
    assert message in done.stderr


def test_a_dump_is_readable_only_by_its_owner(desk: Desk) -> None:
    dump = desk.folder / "alignak-object-list-hosts.json"
    dump.write_text("[]")
    dump.chmod(0o666)
    desk.ok("list")
    assert dump.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("words", [["-V"], ["-h"], ["serve", "-h"], ["-t", "user", "get", "admin"]])
@pytest.mark.parametrize(
    ("ends", "codes"),
    [(">&-", {0, 2}), ("2>&-", {0}), (">/dev/full", {2}), (">&- 2>&-", {0, 2}), ("2>/dev/full", {0, 2})],
)
def test_output_that_goes_nowhere(desk: Desk, words: list[str], ends: str, codes: set[int]) -> None:
    command = [*COMMAND, "-b", desk.url, *words] if "get" in words else [*COMMAND, *words]
    done = subprocess.run(
        ["sh", "-c", f'"$@" {ends}', "sh", *command], capture_output=True, text=True, check=False, cwd=desk.folder
    )
    assert done.returncode in codes, done
    assert "Traceback" not in done.stderr
    assert "Internal" not in done.stderr
    assert ends != ">/dev/full" or done.stderr.startswith("The output cannot be written: "), done


def test_ctrl_c_while_nobody_reads_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stalled(io.StringIO):
        def flush(self) -> None:
            raise KeyboardInterrupt

    errors = io.StringIO()
    codes: list[int] = []
    run: Callable[[], Any] = cli.run  # it returns here, where the process does not end
    monkeypatch.setattr(cli, "main", lambda: 0)
    monkeypatch.setattr(gc, "set_threshold", lambda *_: None)
    monkeypatch.setattr(os, "_exit", codes.append)
    monkeypatch.setattr(sys, "stderr", errors)
    monkeypatch.setattr(sys, "stdout", Stalled())
    run()
    assert (codes, errors.getvalue()) == ([130], "Interrupted\n")
