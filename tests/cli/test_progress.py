"""The progress bar: on a terminal only, and never in the way of messages."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignak_backend_client.cli.terminal.bar import line
from alignak_backend_client.cli.terminal.console import Console
from cli.running import COMMAND, Desk, environment, run, unique
from servers.faulty_proxy import FaultyProxy


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.floats(0, 10**6), st.integers(1, 300))
def test_the_bar_fits_the_terminal(done: int, total: int, seconds: float, width: int) -> None:
    assert len(line(done, max(done, total), seconds, width)) <= width


def test_the_bar_shows_count_rate_and_remaining_time() -> None:
    assert line(500, 2000, 1.0, 80) == "[##########..............................] 500/2,000  500/s  0:03 left"
    assert line(10, 100_000, 1.0, 80).endswith(" 10/100,000  10/s  2:46:39 left")
    assert line(1500, 0, 1.0, 80) == "1,500  1,500/s"


def _on_terminal(desk: Desk, url: str, *words: str) -> tuple[int, str]:
    """Run the command with a terminal for its messages; return its exit code and what the terminal got."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "-b", url, *words], stdout=subprocess.PIPE, stderr=theirs, cwd=desk.folder, env=environment()
    ) as process:
        os.close(theirs)
        shown = b""
        while True:
            ready, _, _ = select.select([ours], [], [], 30)
            try:
                part = os.read(ours, 4096) if ready else b""
            except OSError:
                part = b""
            if not part:
                break
            shown += part
    os.close(ours)
    return process.returncode, shown.decode()


def test_on_a_terminal(desk: Desk) -> None:
    data = desk.file([{"name": unique("bar")} for _ in range(1600)] + [{"alias": "no name"}])
    with FaultyProxy(desk.url, rate=1, faults=["late_answer"], late=0.4) as proxy:
        code, shown = _on_terminal(desk, proxy.url, "--jobs", "1", "-t", "command", "-d", data, "add")
    assert code == 2
    assert re.search(r"\r\x1b\[K\[#+\.*\] [\d,]+/1,601  [\d,]+/s  \d+:\d\d left", shown)
    # The line is cleared before a message, and at the end.
    assert "1600 commands added, 1 failed" in re.split(r"\x1b\[K", shown)[-1]


def test_reading_a_site_is_shown(fresh_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh_desk.ok("-t", "command", "-d", fresh_desk.file([{"name": f"c{number}"} for number in range(20)]), "add")
    shown: list[tuple[int, int]] = []
    monkeypatch.setattr(Console, "progress", lambda _console, done, total: shown.append((done, total)))
    site = str(fresh_desk.folder / "site")
    for words in (["export", site], ["diff", site], ["apply", site, "--yes"]):
        shown.clear()
        assert run(words[0], "-b", fresh_desk.url, *words[1:]).code == 0
        numbers = [done for done, total in shown if total == 0]
        assert numbers == sorted(numbers)
        assert numbers[-1] > 20


def test_not_in_a_file(desk: Desk) -> None:
    data = desk.file([{"name": unique("bar")} for _ in range(1100)])
    with FaultyProxy(desk.url, rate=1, faults=["late_answer"], late=0.4) as proxy:
        done = subprocess.run(
            [*COMMAND, "-b", proxy.url, "--jobs", "1", "-t", "command", "-d", data, "add"],
            capture_output=True, cwd=desk.folder, env=environment(), check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr, done.stdout) == (0, b"", b"1100 commands added\n")
