"""Restoring behind a connection that breaks, and killed at random moments: it ends exact, however often it is begun.

`FAULTS_KILLS=50 FAULTS_ITEMS=2000` makes the runs long.
"""

from __future__ import annotations

import io
import random
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from alignak_backend_client import Backend
from alignak_backend_client.items.writing.writer import Writer
from alignak_backend_client.site.backup.saving import back_up
from cli import moving
from cli.running import interrupted, run
from cli.test_backup import differences
from faults.running import ITEMS, FallingProxy, admin, command
from faults.test_kills import KILLS, killed
from items.knowing import Recorder
from servers.faulty_proxy import FaultyProxy
from servers.provision import ServerUnavailableError
from servers.running import Kind, running_backend


def backup_of(backend: Backend) -> bytes:
    stream = io.BytesIO()
    back_up(Writer(backend, "admin", Recorder()), stream, history=True)
    return stream.getvalue()


@pytest.fixture
def fresh(backend_kind: Kind) -> Iterator[str]:
    try:
        with running_backend(backend_kind) as running:
            yield running.url
    except ServerUnavailableError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the site with everything, and of many hosts with services of their template."""
    file = tmp_path_factory.mktemp("site") / "site.backup"
    with running_backend("embedded") as running, admin(running.url) as backend:
        ids = moving.put(backend)
        common = {"_realm": ids["Paris"], "_templates": [ids["web"]]}
        backend.create_many("host", [{"name": f"host-{number:04}", **common} for number in range(ITEMS // 4)])
        file.write_bytes(backup_of(backend))
    return file


@pytest.mark.parametrize("rate", [0.1, 1 / 3] if ITEMS > 500 else [0.2])
def test_restore_through_a_bad_connection(site: Path, fresh: str, tmp_path: Path, rate: float) -> None:
    with FaultyProxy(fresh, rate=rate, seed=3, late=3.3 if ITEMS > 500 else 2.3) as proxy:
        patience = ["--retries", "12", "--timeout", "3" if ITEMS > 500 else "2"]
        ran = command(proxy.url, "restore", *patience, str(site), cwd=tmp_path)
        assert (ran.code, " failed" in ran.text) == (0, False), ran.text[-2000:]
        print(f"{rate:.2f}: broken {dict(proxy.broken)}, passed {proxy.passed}")
        assert sum(proxy.broken.values()) > 0
    with admin(fresh) as backend:
        assert differences(site.read_bytes(), backup_of(backend), counters=False) == {}


def test_restore_is_killed(site: Path, backend_kind: Kind, tmp_path: Path) -> None:
    chance = random.Random(6)  # noqa: S311 - makes a run repeatable
    whole, partly = 0.0, 0
    for number in range(KILLS + 1):
        with running_backend(backend_kind) as running, admin(running.url) as backend:
            if number == 0:
                begin = time.monotonic()
                assert command(running.url, "restore", str(site), cwd=tmp_path).code == 0
                whole = time.monotonic() - begin
            else:
                # Twice, for what the first run has left meets a second one that ends early, too.
                for _ in range(2):
                    killed(running.url, "restore", str(site), cwd=tmp_path, after=chance.uniform(0.2, 0.95) * whole)
                there = backend.get("service", {"max_results": 1})["_meta"]["total"]
                partly += 0 < there < ITEMS // 2
                again = command(running.url, "restore", str(site), cwd=tmp_path)
                assert again.code == 0, again.text[-2000:]
            assert differences(site.read_bytes(), backup_of(backend), counters=False) == {}
    print(f"{KILLS} times two kills within {whole:.1f} s: {partly} left a part of the services")


def test_a_lost_backend_is_reported_and_the_next_run_completes(site: Path, fresh: str, tmp_path: Path) -> None:
    with FallingProxy(fresh, writes=9) as proxy:
        ran = command(proxy.url, "restore", "--retries", "1", "--timeout", "2", str(site), cwd=tmp_path)
        assert ran.code == 2
        assert "not restored, as far as is known; run the command again to finish" in ran.err, ran
    ran = command(fresh, "restore", str(site), cwd=tmp_path)
    assert ran.code == 0, ran
    with admin(fresh) as backend:
        assert differences(site.read_bytes(), backup_of(backend), counters=False) == {}


def test_ctrl_c_ends_a_restore_with_a_report(site: Path, fresh: str, tmp_path: Path) -> None:
    hanging, release = threading.Event(), threading.Event()

    class Hanging(FallingProxy):
        def _forward(self, head: bytes, body: bytes) -> bytes:
            if head.startswith(b"POST /service"):
                hanging.set()
                release.wait(30)
            return super()._forward(head, body)

    with Hanging(fresh, writes=-1) as proxy:
        ran = interrupted("restore", "-b", proxy.url, str(site), hanging=hanging, release=release)
    assert (ran.code, "run the command again to finish\nInterrupted\n" in ran.err) == (130, True), ran
    assert command(fresh, "restore", str(site), cwd=tmp_path).code == 0


def test_a_backup_that_is_killed_leaves_the_old_file(site: Path, backend_url: str, tmp_path: Path) -> None:
    file = tmp_path / "site.backup"
    file.write_bytes(site.read_bytes())
    chance = random.Random(7)  # noqa: S311 - makes a run repeatable
    for _ in range(KILLS):
        killed(backend_url, "backup", str(file), cwd=tmp_path, after=chance.uniform(0.1, 0.8))
        assert file.read_bytes()[:2] == b"\x1f\x8b"
    assert command(backend_url, "backup", str(file), cwd=tmp_path).code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["site.backup"]


@pytest.mark.embedded_only
def test_a_copy_is_consistent_despite_concurrent_writes(tmp_path: Path) -> None:
    """Hosts are added in pairs: a copy has both or none, and whoever writes does not wait."""
    database = tmp_path / "site.db"
    ended = threading.Event()
    written = 0
    failures: list[BaseException] = []

    def write() -> None:
        nonlocal written
        try:
            with Backend(f"embedded:{database}") as backend:
                backend.login("admin", "admin")
                realm = backend.get_all("realm")["_items"][0]["_id"]
                while not ended.is_set():
                    backend.post("host", [{"name": f"{side}-{written}", "_realm": realm} for side in ("a", "b")])
                    written += 1
        except BaseException as error:
            failures.append(error)
            raise

    writer = threading.Thread(target=write)
    writer.start()
    counts = []
    try:
        for number in range(6):
            before = written
            while written <= before and writer.is_alive():
                ended.wait(0.01)
            copy = tmp_path / f"{number}.copy"
            assert run("-b", f"embedded:{database}", "backup", str(copy)).code == 0
            with closing(sqlite3.connect(copy)) as connection:
                names = [row[0] for row in connection.execute('SELECT "f:name" FROM host')]
                assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            # Texts are stored with a mark before them.
            sides = [
                {name.partition("-")[2] for name in names if name.partition("-")[0].endswith(side)} for side in "ab"
            ]
            assert sides[0] == sides[1]
            counts.append(len(sides[0]))
    finally:
        ended.set()
        writer.join()
    assert not failures
    assert counts == sorted(counts)
    assert counts[-1] > counts[0]
