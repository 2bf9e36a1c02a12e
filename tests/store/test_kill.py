"""A process that is killed loses nothing that it acknowledged, and leaves nothing half done."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path
from typing import Final, NoReturn

from alignak_backend_embedded.store.sqlite.store import SQLiteStore

KILLS: Final = int(os.environ.get("ALIGNAK_TEST_KILLS", "60"))


def write_until_killed(path: Path, acknowledge: int) -> NoReturn:
    """Store a host, its service and their count together, over and over; say so after each."""
    try:
        documents = SQLiteStore(path)
        while True:
            with documents.transaction():
                (host,) = documents.insert("host", {"notes": "x" * 3000})
                documents.insert("service", {"host": host, "_templates": [host], "notes": "x" * 3000})
                documents.increment("livesynthesis", {}, {"hosts_total": 1})
            os.write(acknowledge, bytes.fromhex(str(host)))
    finally:
        os._exit(1)


def killed_under_load(path: Path, seconds: float) -> set[bytes]:
    """Return the hosts that a process acknowledged until it was killed; its first starts the clock."""
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(readable)
        write_until_killed(path, writable)
    os.close(writable)
    acknowledged = os.read(readable, 12)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    while chunk := os.read(readable, 65536):
        acknowledged += chunk
    os.close(readable)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    return {acknowledged[start : start + 12] for start in range(0, len(acknowledged), 12)}


def test_an_acknowledged_write_survives_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "site.db"
    documents = SQLiteStore(path)
    documents.insert("livesynthesis", {"hosts_total": 0})
    documents.close()
    acknowledged: set[bytes] = set()
    for _ in range(KILLS):
        acknowledged |= killed_under_load(path, random.uniform(0, 0.02))  # noqa: S311 - no secret
        documents = SQLiteStore(path)
        hosts = [host["_id"] for host in documents.find("host", {}, projection={"_id": 1})]
        assert acknowledged <= {bytes.fromhex(str(host)) for host in hosts}
        assert documents.count("service", {"host": {"$in": hosts}}) == len(hosts)
        assert documents.count("service", {"_templates": {"$in": hosts}}) == len(hosts)
        assert documents.count("livesynthesis", {"hosts_total": len(hosts)}) == 1
        documents.close()
    assert len(acknowledged) >= KILLS
    documents = SQLiteStore(path)
    with documents.database.reading() as connection:
        assert connection.run("PRAGMA integrity_check") == [("ok",)]
        assert connection.run("PRAGMA foreign_key_check") == []
    documents.close()
