"""``apply`` is killed, interrupted, or behind a connection that breaks: run it again, and it ends exact.

`FAULTS_KILLS=50 FAULTS_ITEMS=2000` makes the run long.
"""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.running import COMMAND, Ran, environment, spawn
from faults.running import ITEMS, FallingProxy, command
from servers.faulty_proxy import FaultyProxy

KILLS = int(os.environ.get("FAULTS_KILLS", "2"))
HOSTS = max(8, ITEMS // 12)


def put(folder: Path, name: str, interval: int, hosts: range) -> str:
    """Write a site: templates of templates, services of these, some with overrides, groups, a user with rights."""
    template = {"name": f"{name}-base", "_is_template": True, "check_interval": interval, "tags": [name]}
    services = [{"name": one, "_is_template": True, "notes": f"{interval}"} for one in ("cpu", "disk", "load")]
    files: dict[str, list[dict[str, Any]]] = {
        "command": [{"name": f"{name}-ping", "notes": f"{interval}"}],
        "user": [{"name": f"{name}-ops", "_rights": [{"realm": "All", "crud": ["update", "read"]}]}],
        "host": [
            {**template, "_services": services},
            {"name": f"{name}-web", "_is_template": True, "_templates": [f"{name}-base"]},
        ],
        "hostgroup": [{"name": f"{name}-all", "hosts": [f"{name}-{number}" for number in hosts]}],
    }
    for number in hosts:
        override = {"name": "cpu", "check_interval": interval + 1} if number % 3 == 0 else {"name": "own"}
        host = {"name": f"{name}-{number}", "_templates": [f"{name}-web"], "alias": f"{interval}"}
        files["host"].append(host | {"_services": [override]} | ({"_without_services": ["disk"]} if number % 4 else {}))
    folder.mkdir(exist_ok=True)
    (folder / "all.yml").write_text(yaml.safe_dump(files, sort_keys=False))
    (folder / "site.yml").write_text(f"name: {name}\n")
    return str(folder)


@pytest.fixture
def sites(tmp_path: Path) -> tuple[str, str]:
    """Two sites of a name that nobody else uses: one that there is first, and what becomes of it."""
    name = f"s{uuid.uuid4().hex[:8]}"
    first = put(tmp_path / "first", name, 7, range(HOSTS))
    return first, put(tmp_path / "second", name, 9, range(HOSTS // 4, HOSTS + HOSTS // 4))


WORDS = ("--prune", "--allow-deletions")


def exact(url: str, folder: str, cwd: Path, words: Sequence[str] = WORDS) -> None:
    """A run ends well, and nothing is left.

    In processes of their own: the server reports broken connections on the standard error of this one.
    """
    ran = spawn("-b", url, "apply", folder, "--yes", *words, cwd=cwd)
    assert ran.code == 0, ran.text[-3000:]
    left = spawn("-b", url, "diff", folder, *words, cwd=cwd)
    assert left.code == 0, left.text[-3000:]


def started(url: str, folder: str, cwd: Path, words: Sequence[str] = WORDS) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, "-b", url, "apply", folder, "--yes", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        cwd=cwd,
        env=environment(),
        text=True,
    )


def test_apply_is_killed(sites: tuple[str, str], backend_url: str, tmp_path: Path) -> None:
    chance = random.Random(6)  # noqa: S311 - makes a run repeatable
    begin = time.monotonic()
    exact(backend_url, sites[0], tmp_path, ())
    whole = (time.monotonic() - begin) * 0.7
    changed = 0
    for number in range(KILLS):
        with started(backend_url, sites[1 - number % 2], tmp_path) as process:
            try:
                process.wait(chance.uniform(0.2, 1) * whole)
            except subprocess.TimeoutExpired:
                process.kill()
            out, _ = process.communicate()
        changed += not out
        exact(backend_url, sites[1 - number % 2], tmp_path)
    print(f"{KILLS} kills within {whole:.1f} s: {changed} struck before the end")


def interrupted(
    url: str,
    folder: str,
    cwd: Path,
    writes: int,
    strike: Callable[[Any, FallingProxy], None],
    words: Sequence[str] = WORDS,
) -> Ran:
    """Run apply, and let something strike after so many writes."""
    held: list[subprocess.Popen[str]] = []
    with (
        FallingProxy(url, writes, lambda proxy: strike(held[0], proxy)) as proxy,
        started(proxy.url, folder, cwd, words) as process,
    ):
        held.append(process)
        out, err = process.communicate(timeout=120)
    ran = Ran(process.returncode, out, err)
    assert "Traceback" not in ran.text, ran
    return ran


@pytest.mark.parametrize("writes", [2, 9])
def test_ctrl_c_reports_what_was_and_was_not_done(
    sites: tuple[str, str], backend_url: str, tmp_path: Path, writes: int
) -> None:
    exact(backend_url, sites[0], tmp_path, ())

    def strike(process: Any, proxy: FallingProxy) -> None:
        process.send_signal(signal.SIGINT)
        proxy.go_down()  # it has to end now: nothing more is taken

    ran = interrupted(backend_url, sites[1], tmp_path, writes, strike)
    assert ran.code == 130, ran.text[-3000:]
    rest = re.search(r"(\d+) not done, as far as is known; run it again to finish", ran.err)
    assert rest is not None, ran.err[-500:]
    assert ran.err.rstrip().endswith("Interrupted")
    exact(backend_url, sites[1], tmp_path)


def test_a_lost_backend_is_reported(sites: tuple[str, str], backend_url: str, tmp_path: Path) -> None:
    ran = interrupted(backend_url, sites[0], tmp_path, 3, lambda _process, proxy: proxy.go_down(), ())
    assert (ran.code, ran.out) == (2, "")
    assert "run it again to finish" in ran.err
    exact(backend_url, sites[0], tmp_path, ())


def test_a_connection_that_breaks_one_request_in_ten(sites: tuple[str, str], backend_url: str, tmp_path: Path) -> None:
    with FaultyProxy(backend_url, rate=0.1, seed=7, late=2.3) as proxy:
        for folder, more in zip(sites, ((), WORDS), strict=True):
            for _ in range(5):
                words = ("apply", folder, "--yes", *more, "--retries", "8", "--timeout", "2")
                ran = command(proxy.url, *words, cwd=tmp_path)
                if ran.code == 0:
                    break
            assert ran.code == 0, ran.text[-3000:]
            left = command(backend_url, "diff", folder, *more, cwd=tmp_path)
            assert left.code == 0, left.text[-3000:]
        print(f"broken {dict(proxy.broken)}, passed {proxy.passed}")
        assert sum(proxy.broken.values()) > 0
