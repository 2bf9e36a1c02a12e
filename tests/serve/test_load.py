"""Sixty-four clients at once, reading and writing: no error but those asked for, and flat memory.

``LOAD_TURNS=300 pytest -s tests/serve/test_load.py`` is the long run.
"""

from __future__ import annotations

import collections
import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from alignak_backend_client import Backend, BackendException
from servers.serve import Serve

TURNS = int(os.environ.get("LOAD_TURNS", "6"))
CLIENTS = 64


def _resident(pid: int) -> int:
    """Memory of a process and its children in KiB."""
    total = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        except OSError:
            continue
        if int(fields["Pid"]) == pid or int(fields["PPid"]) == pid:
            total += int(fields.get("VmRSS", "0 kB").split()[0])
    return total


class _Client:
    """Does one thing after the other."""

    def __init__(self, url: str, token: str, number: int) -> None:
        self.counts: collections.Counter[str] = collections.Counter()
        self.slowest = 0.0
        self._backend = Backend(url, retries=0)
        self._backend.token = token
        self._random = random.Random(number)  # noqa: S311 - makes a run repeatable
        self._number = number
        self._turn = 0

    def act(self, turns: int) -> None:
        for _ in range(turns):
            self._turn += 1
            begun = time.monotonic()
            try:
                self._act(f"load-{self._number}-{self._turn}")
            except BackendException as error:
                self.counts[f"error {error.code}: {error.reason or error.message}"] += 1
            self.slowest = max(self.slowest, time.monotonic() - begun)

    def _act(self, name: str) -> None:
        kind = self._random.choice(["page", "page", "find", "write", "wrong"])
        self.counts[kind] += 1
        if kind == "page":
            self._backend.get("host", {"max_results": 50})
        elif kind == "find":
            self._backend.get("command", {"where": {"name": "_echo"}})
        elif kind == "write":
            made = self._backend.post("host", {"name": name})
            endpoint = f"host/{made['_id']}"
            made = self._backend.patch(
                endpoint, {"ls_state": "UP", "ls_state_type": "HARD"}, {"If-Match": made["_etag"]}
            )
            self._backend.delete(endpoint, {"If-Match": made["_etag"]})
        else:
            with pytest.raises(BackendException) as refused:
                self._backend.post("host", {"name": name, "no_such_field": 1})
            assert refused.value.code == 422


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize("workers", [1, 2])
def test_sixty_four_clients(tmp_path: Path, workers: int) -> None:
    with Serve(f"--database={tmp_path / 'load.db'}", f"--workers={workers}") as server:
        setup = Backend(server.url)
        assert setup.login("admin", "admin")
        assert all(one.ok for one in setup.create_many("host", [{"name": f"h{n:03}"} for n in range(200)]))
        clients = [_Client(server.url, setup.token or "", number) for number in range(CLIENTS)]
        with ThreadPoolExecutor(CLIENTS) as pool:
            # The first part fills caches and starts threads.
            list(pool.map(lambda client: client.act(TURNS // 3), clients))
            before = _resident(server.process.pid)
            list(pool.map(lambda client: client.act(TURNS - TURNS // 3), clients))
        after = _resident(server.process.pid)
        counts = sum((client.counts for client in clients), collections.Counter())
        slowest = max(client.slowest for client in clients)
        print(f"\n{workers} workers, {TURNS} turns: {dict(counts)}, slowest {slowest:.2f} s, {before} -> {after} KiB")
        assert not [text for text in counts if text.startswith("error")], counts
        assert all(counts[kind] for kind in ("page", "find", "write", "wrong"))
        assert after < before * 1.25
        left = setup.get_all("host", {"where": {"_is_template": False}})["_items"]
        assert sorted(item["name"] for item in left) == [f"h{n:03}" for n in range(200)]
        setup.close()
