"""Sixty-four clients at once, reading and writing: no error but those asked for, and flat memory.

``LOAD_SECONDS=60 pytest -s tests/serve/test_load.py`` is the long run.
"""

from __future__ import annotations

import collections
import os
import random
import threading
import time
from pathlib import Path

import pytest

from alignak_backend_client import Backend, BackendException
from servers.serve import Serve

SECONDS = float(os.environ.get("LOAD_SECONDS", "3"))
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


class _Client(threading.Thread):
    """Does one thing after the other until it is told to stop."""

    def __init__(self, url: str, token: str, number: int, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.counts: collections.Counter[str] = collections.Counter()
        self.slowest = 0.0
        self._backend = Backend(url, retries=0)
        self._backend.token = token
        self._random = random.Random(number)  # noqa: S311 - makes a run repeatable
        self._number = number
        self._stop_event = stop

    def run(self) -> None:
        turn = 0
        while not self._stop_event.is_set():
            turn += 1
            begun = time.monotonic()
            try:
                self._act(f"load-{self._number}-{turn}")
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
        stop = threading.Event()
        clients = [_Client(server.url, setup.token or "", number, stop) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        # The first part fills caches and starts threads.
        time.sleep(SECONDS / 3)
        before = _resident(server.process.pid)
        time.sleep(SECONDS * 2 / 3)
        after = _resident(server.process.pid)
        stop.set()
        for client in clients:
            client.join(60)
        counts = sum((client.counts for client in clients), collections.Counter())
        slowest = max(client.slowest for client in clients)
        print(f"\n{workers} workers, {SECONDS:g} s: {dict(counts)}, slowest {slowest:.2f} s, {before} -> {after} KiB")
        assert not [text for text in counts if text.startswith("error")], counts
        assert all(counts[kind] for kind in ("page", "find", "write", "wrong"))
        assert after < before * 1.25
        left = setup.get_all("host", {"where": {"_is_template": False}})["_items"]
        assert sorted(item["name"] for item in left) == [f"h{n:03}" for n in range(200)]
        setup.close()
