"""Command `watch`: what has changed since, a page on a terminal, lines elsewhere, and a backend that comes and goes."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
from collections import Counter
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from alignak_backend_client.cli.commands.watch import page
from alignak_backend_client.client import Backend
from alignak_backend_client.exceptions import BackendException, connection_failed
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.monitoring.problems import Problems, Selection
from alignak_backend_client.monitoring.watching import View, Watch
from alignak_backend_client.output.text import display_width
from cli import monitored
from cli.monitored import NOW, state
from cli.running import COMMAND, Desk, environment, run
from servers import misbehaving as m
from servers.faulty_proxy import FAULTS, FaultyProxy

Row = dict[str, Any]


def row(name: str, is_now: str = "CRITICAL", *flags: str) -> Row:
    return {
        "type": "service",
        "name": name,
        "host": "h",
        "service": name,
        "state": is_now,
        "since": NOW - 3600,
        "duration": 3600,
        "attempts": "3/3",
        "realm": "All",
        "output": f"{name}\nis {is_now} \x1b[31m",
        "last_check": NOW,
        "flags": list(flags),
    }


class Reading:
    """Problems as they are read, one after the other; and the time then."""

    def __init__(self, *looks: list[Row] | Exception) -> None:
        self.looks = list(looks)
        self.now = 1000.0

    def __call__(self) -> Any:
        look = self.looks.pop(0)
        if isinstance(look, Exception):
            raise look
        return SimpleNamespace(rows=look)


def events(changes: list[Row]) -> list[tuple[str, str | None]]:
    return [(change["change"], change.get("name")) for change in changes]


def test_changes_are_printed() -> None:
    a, b = row("a"), row("b")
    looks = [[a], [b, a], [b, a], [row("a", "WARNING"), row("b", "CRITICAL", "acknowledged")], [b], []]
    reading = Reading(*looks)
    watch = Watch(reading, lambda: reading.now)
    assert events(watch.refresh()) == [("new", "a")]
    assert [one["change"] for one in watch.view.rows] == [""]  # all of it is new
    assert events(watch.refresh()) == [("new", "b")]
    assert [one["change"] for one in watch.view.rows] == ["new", ""]
    assert events(watch.refresh()) == []
    reading.now += 59
    changes = watch.refresh()
    assert events(changes) == [("changed", "a"), ("changed", "b")]
    assert (changes[0]["state"], changes[0]["time"]) == ("WARNING", 1059)
    assert [one["change"] for one in watch.view.rows] == ["changed", "changed"]
    assert events(watch.refresh()) == [("gone", "a"), ("changed", "b")]
    assert [one["name"] for one in watch.view.gone] == ["a"]
    reading.now += 60
    assert events(watch.refresh()) == [("gone", "b")]
    assert [one["name"] for one in watch.view.gone] == ["b"]


def test_marks_last_a_minute() -> None:
    reading = Reading([], [row("a")], [row("a")], [row("a")])
    watch = Watch(reading, lambda: reading.now)
    marks = []
    for seconds in 0, 1, 59, 2:
        reading.now += seconds
        watch.refresh()
        marks.append([one["change"] for one in watch.view.rows])
    assert marks == [[], ["new"], ["new"], [""]]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (connection_failed("No answer from http://b"), "No answer from http://b"),
        (BackendException(503, "Oops"), "the backend answers 503: Oops"),
        (ItemError("There is no realm 'x'"), "There is no realm 'x'"),
    ],
)
def test_a_backend_that_goes_and_comes_back(error: Exception, reason: str) -> None:
    a = row("a")
    reading = Reading([a], error, error, [a, row("b")], error)
    watch = Watch(reading, lambda: reading.now)
    watch.refresh()
    reading.now += 5
    assert watch.refresh() == [{"time": 1005, "change": "lost", "reason": reason}]
    assert watch.refresh() == []
    assert (watch.view.lost, watch.view.at, len(watch.view.rows)) == (reason, 1000, 1)
    assert events(watch.refresh()) == [("back", None), ("new", "b")]
    assert watch.view.lost is None
    assert events(watch.refresh()) == [("lost", None)]


def test_the_first_look_and_a_refused_login_are_errors() -> None:
    with pytest.raises(ItemError):
        Watch(Reading(ItemError("There is no realm 'x'"))).refresh()
    response = SimpleNamespace(status_code=401, headers={"www-authenticate": "Basic"})
    refused = BackendException(401, "Please provide proper credentials", response)
    watch = Watch(Reading([], refused))
    watch.refresh()
    with pytest.raises(BackendException):
        watch.refresh()


@pytest.mark.parametrize("seed", range(3))
def test_a_backend_that_breaks_requests_never_looks_like_a_change(site: str, seed: int) -> None:
    faults = [fault for fault in FAULTS if fault != "late_answer"]
    with FaultyProxy(site, rate=0.15, faults=faults, seed=seed) as proxy, Backend(site) as direct:
        direct.login("admin", "admin")
        backend = Backend(proxy.url, retries=0)
        backend.token = direct.token
        watch = Watch(lambda: Problems(backend if watch.view.at else direct, Selection()))
        seen = Counter(one["change"] for _ in range(40) for one in watch.refresh())
        backend.close()
    assert proxy.broken
    assert seen.keys() == {"new", "lost", "back"}, proxy.broken
    assert seen["new"] == len(watch.view.rows) == 8


# --- the page ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [1, 10, 40, 41, 80, 200])
@pytest.mark.parametrize("lines", [1, 2, 3, 5, 24])
@pytest.mark.parametrize("lost", [None, "No answer from http://backend.example.com:5000 \x1b[2J\n"])
def test_the_page_fits_the_terminal(columns: int, lines: int, lost: str | None) -> None:
    rows = [{**row(f"sérvice-{number}" * 3), "change": "new"} for number in range(10)]
    shown = page(View(rows, [row("gone" * 20)], NOW, lost), NOW + 5, columns, lines, "http://backend.example.com")
    assert len(shown) <= lines
    assert all(display_width(line) <= columns for line in shown)
    assert all(line.isprintable() for line in shown)


def test_the_example_of_the_page() -> None:
    rows = [
        {**row("a", "DOWN"), "change": "new"},
        {**row("b"), "change": "changed"},
        *({**row(f"c{number}"), "change": ""} for number in range(20)),
    ]
    shown = page(View(rows, [row("gone")], NOW), NOW + 5, 80, 10, "place")
    assert shown[0].endswith("  place  (q quits)")
    assert shown[1] == "22 problems: 1 DOWN, 21 CRITICAL"
    assert [line.split()[:2] for line in shown[3:6]] == [["+", "DOWN"], ["!", "CRITICAL"], ["CRITICAL", "1h"]]
    assert shown[-2:] == ["... and 17 more", "Resolved: gone"]
    assert page(View([], [], NOW), NOW, 80, 10, "place")[1:] == ["No problems"]
    lost = page(View(rows, [], NOW, "No answer"), NOW + 65, 80, 5, "place")
    assert lost[1] == "No data for 1m 5s: No answer"


# --- on a terminal -------------------------------------------------------------------------------------------------


class Terminal:
    """The installed command on a terminal of its own."""

    def __init__(self, *words: str, columns: int = 100, lines: int = 20, **variables: str) -> None:
        self.ours, self.theirs = pty.openpty()
        self.resize(columns, lines)
        self.before = termios.tcgetattr(self.theirs)
        self.shown = ""
        self.process = subprocess.Popen(
            ["setsid", "--ctty", *COMMAND, *words],  # so that Ctrl-C works
            stdin=self.theirs,
            stdout=self.theirs,
            stderr=self.theirs,
            env=environment(TERM="xterm", **variables),
        )

    def resize(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self.ours, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def until(self, pattern: str) -> re.Match[str]:
        """Wait for output that matches; what follows it is looked at next time."""
        while True:
            found = re.search(pattern, self.shown, re.DOTALL)
            if found:
                self.shown = self.shown[found.end() :]
                return found
            ready, _, _ = select.select([self.ours], [], [], 60)
            assert ready, f"{pattern!r} is not in {self.shown!r}"
            self.shown += os.read(self.ours, 65536).decode(errors="replace")

    def type(self, keys: str) -> None:
        os.write(self.ours, keys.encode())

    def ended(self) -> int:
        """Wait for the end; the terminal must be as it was before."""
        self.until(r"\x1b\[\?25h\x1b\[\?1049l")
        code = self.process.wait(30)
        assert termios.tcgetattr(self.theirs) == self.before
        return code


@contextlib.contextmanager
def terminal(*words: str, **options: Any) -> Iterator[Terminal]:
    made = Terminal(*words, **options)
    try:
        yield made
    finally:
        if made.process.poll() is None:
            made.process.kill()
            made.process.wait()
        os.close(made.ours)
        os.close(made.theirs)


@pytest.fixture
def watched(fresh_desk: Desk) -> Desk:
    """A backend with the site, which may be changed."""
    monitored.put(fresh_desk.backend)
    return fresh_desk


def change(backend: Backend, resource: str, item: Row, **fields: Any) -> None:
    backend.patch(f"{resource}/{item['_id']}", fields, {"If-Match": item["_etag"]}, inception=True)


def test_a_page_that_goes_on(watched: Desk) -> None:
    disk = next(item for item in watched.items("service", name="disk"))
    with terminal("-b", watched.url, "watch", "-n", "3600") as shown:
        shown.until(r"\x1b\[\?1049h")
        shown.until(r"8 problems: 1 DOWN, 3 CRITICAL.*db/disk")
        change(watched.backend, "service", disk, ls_acknowledged=True)
        shown.type(" ")
        shown.until(r"7 problems: .*Resolved: db/disk")
        change(watched.backend, "service", disk, ls_acknowledged=False)
        shown.type(" ")
        shown.until(r"8 problems: .*\+  .{0,5}CRITICAL.{0,30}db/disk")
        shown.resize(40, 6)
        shown.until(r"\.\.\. and 6 more")
        shown.type("q")
        assert shown.ended() == 0


@pytest.mark.parametrize(("keys", "code"), [("Q", 0), ("\x03", 130), ("\x1b[Aq", 0)])
def test_keys_end_it(site: str, keys: str, code: int) -> None:
    with terminal("-b", site, "watch") as shown:
        shown.until("8 problems")
        shown.type(keys)
        assert shown.ended() == code


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_leaves_the_terminal_as_it_was(site: str, number: signal.Signals) -> None:
    with terminal("-b", site, "watch") as shown:
        shown.until("8 problems")
        shown.process.send_signal(number)
        assert shown.ended() == 128 + number


def test_ctrl_z_gives_the_terminal_back_for_a_while(site: str) -> None:
    with terminal("-b", site, "watch") as shown:
        shown.until("8 problems")
        shown.process.send_signal(signal.SIGTSTP)
        shown.until(r"\x1b\[\?25h\x1b\[\?1049l")
        _, status = os.waitpid(shown.process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        assert termios.tcgetattr(shown.theirs) == shown.before
        shown.process.send_signal(signal.SIGCONT)
        shown.until(r"\x1b\[\?1049h.*8 problems")
        shown.type("q")
        assert shown.ended() == 0


@pytest.mark.parametrize("variables", [{}, {"NO_COLOR": "1"}])
def test_colours(site: str, variables: dict[str, str]) -> None:
    with terminal("-b", site, "watch", **variables) as shown:
        page_shown = shown.until("8 problems(.*)db/cpu")[1]
        assert ("\x1b[31mDOWN" in page_shown) is not bool(variables)
        assert r"\x1b[31m" in page_shown  # the output of a check does nothing here
        shown.type("q")
        assert shown.ended() == 0


class Switched:
    """A backend that can be switched off."""

    def __init__(self) -> None:
        self.answers: list[m.Behaviour] = []

    def __call__(self, request: m.Request) -> m.Behaviour:
        if self.answers:
            return self.answers[0]
        if request.path.endswith("/login"):
            return m.keep_alive({"token": "t"})
        items = [{"_id": "a" * 24, "name": "web", **state("web", "DOWN")}] if request.path.startswith("/host") else []
        return m.keep_alive({"_items": items, "_meta": {"total": len(items), "page": 1}})


def test_a_page_of_a_backend_that_goes_away() -> None:
    switched = Switched()
    with m.MisbehavingServer([switched]) as server, terminal("-b", server.url, "watch", "-n", "3600") as shown:
        shown.until("1 problem: 1 DOWN")
        switched.answers = [m.reset_before_reading()]
        shown.type(" ")
        shown.until(r"\x1b\[7mNo data for .*web")
        switched.answers = []
        shown.type(" ")
        shown.until("1 problem: 1 DOWN")
        denied = {"_status": "ERR", "_error": {"code": 401, "message": "Please provide proper credentials"}}
        switched.answers = [m.json_answer(denied, 401, headers={"WWW-Authenticate": 'Basic realm="eve"'})]
        shown.type(" ")
        assert shown.ended() == 1
        shown.until("The backend no longer accepts the login")


# --- elsewhere -----------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def lines(*words: str) -> Iterator[tuple[subprocess.Popen[str], Iterator[str]]]:
    """The installed command with a pipe for its output."""
    with subprocess.Popen(
        [*COMMAND, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    ) as process:
        assert process.stdout is not None
        try:
            yield process, iter(process.stdout)
        finally:
            process.kill()


def test_a_line_for_each_change(watched: Desk) -> None:
    disk = next(item for item in watched.items("service", name="disk"))
    with lines("-b", watched.url, "watch", "-n", "1", "--realm", "Paris", "-o", "ndjson") as (process, changes):
        first = [json.loads(next(changes)) for _ in range(3)]
        assert events(first) == [("new", "db/disk"), ("new", "db/mem"), ("new", "db/cpu")]
        assert first[0].keys() >= {"time", "type", "state", "since", "output", "flags"}
        change(watched.backend, "service", disk, ls_acknowledged=True)
        assert events([json.loads(next(changes))]) == [("gone", "db/disk")]
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert process.stderr is not None
        assert process.stderr.read() == "Interrupted\n"


def test_lines_for_people_when_the_backend_goes_away() -> None:
    switched = Switched()
    with m.MisbehavingServer([switched]) as server, lines("-b", server.url, "watch", "-n", "1") as (_, shown):
        time = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
        assert re.fullmatch(rf"{time} new DOWN web: DOWN: web\n", next(shown))
        switched.answers = [m.html(503)]
        assert re.fullmatch(rf"{time} lost: the backend answers 503: Oops\n", next(shown))
        switched.answers = []
        assert re.fullmatch(rf"{time} back\n", next(shown))


def test_a_pipe_that_closes_ends_it(site: str) -> None:
    with lines("-b", site, "watch", "-n", "3600") as (process, shown):
        assert [next(shown).split()[4] for _ in range(8)][:1] == ["web:"]
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(60) == 2


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--host", "wbe"], 2, "There is no host 'wbe': did you mean 'web'?"),
        (["-n", "0"], 64, "Invalid value for '-n' / '--interval': '0' is not a number from 1 to 86400"),
        (["-o", "json"], 64, "Invalid value for '-o' / '--output': 'json' is not one of 'table', 'ndjson'"),
    ],
)
def test_invalid_selections_are_reported(site: str, words: list[str], code: int, message: str) -> None:
    ran = run("-b", site, "watch", *words)
    assert (ran.code, ran.out, ran.err.splitlines()[0]) == (code, "", message)
