"""Several threads and processes with one database."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from alignak_backend_embedded.store.errors import (
    BusyError,
    DuplicateKeyError,
)
from alignak_backend_embedded.store.object_id import ObjectId
from alignak_backend_embedded.store.sqlite import connection as connection_module
from alignak_backend_embedded.store.sqlite import database as database_module
from alignak_backend_embedded.store.sqlite.store import SQLiteStore

REALM, HOST = ObjectId(), ObjectId()


@pytest.fixture(params=["file", "memory"])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    documents = SQLiteStore(tmp_path / "site.db" if request.param == "file" else ":memory:")
    yield documents
    documents.close()


def together(number: int, work: Any) -> list[BaseException]:
    """Run work in threads at once; return what they raised."""
    raised: list[BaseException] = []

    def run(index: int) -> None:
        try:
            work(index)
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            raised.append(error)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_no_increment_of_several_threads_is_lost(shared: SQLiteStore) -> None:
    shared.insert("livesynthesis", {"n": 0})

    def work(_index: int) -> None:
        for _ in range(25):
            shared.increment("livesynthesis", {}, {"n": 1})
            assert shared.find_one("livesynthesis", {}) is not None

    assert together(4, work) == []
    assert shared.count("livesynthesis", {"n": 100}) == 1


def test_one_of_several_changes_to_the_same_state_wins(shared: SQLiteStore) -> None:
    (made,) = shared.insert("host", {"name": "h", "_etag": "0"})
    won = []

    def work(index: int) -> None:
        if shared.update_fields("host", {"_id": made, "_etag": "0"}, {"_etag": f"by {index}"}):
            won.append(index)

    assert together(8, work) == []
    assert len(won) == 1
    assert shared.count("host", {"_etag": f"by {won[0]}"}) == 1


def test_one_of_several_inserts_of_a_name_wins(shared: SQLiteStore) -> None:
    raised = together(6, lambda _index: shared.insert("host", {"name": "same"}))
    assert [type(error) for error in raised] == [DuplicateKeyError] * 5
    assert shared.count("host", {}) == 1


def test_a_transaction_is_whole_or_not_at_all(shared: SQLiteStore) -> None:
    def half() -> None:
        with shared.transaction():
            shared.insert("host", {"name": "a", "_templates": [HOST]})
            shared.delete("host", {"name": "old"})
            raise KeyError

    shared.insert("host", {"name": "old", "_templates": [REALM]})
    with pytest.raises(KeyError):
        half()
    assert [host["name"] for host in shared.find("host", {})] == ["old"]
    assert shared.count("host", {"_templates": REALM}) == 1
    assert shared.count("host", {"_templates": HOST}) == 0


def test_a_part_that_fails_takes_back_itself_alone(shared: SQLiteStore) -> None:
    def part() -> None:
        with shared.transaction():
            shared.insert("host", {"name": "inner"})
            raise KeyError

    with shared.transaction():
        shared.insert("host", {"name": "outer"})
        with pytest.raises(KeyError):
            part()
        with pytest.raises(DuplicateKeyError):
            shared.insert("host", [{"name": "more"}, {"name": "outer"}])
        shared.insert("host", {"name": "last"})
    assert [host["name"] for host in shared.find("host", {})] == ["outer", "last"]


def test_others_do_not_see_what_is_not_committed(tmp_path: Path) -> None:
    documents = SQLiteStore(tmp_path / "site.db")
    seen = []
    with documents.transaction():
        documents.insert("host", {"name": "h"})
        together(1, lambda _index: seen.append(documents.count("host", {})))
        assert documents.count("host", {}) == 1
    assert seen == [0]
    documents.close()


def test_a_writer_that_waits_too_long_gets_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (connection_module, database_module):
        monkeypatch.setattr(module, "BUSY_SECONDS", 0.05)
    one, other = SQLiteStore(tmp_path / "site.db"), SQLiteStore(tmp_path / "site.db")
    with one.transaction():
        raised = together(1, lambda _index: one.insert("host", {"name": "h"}))
        raised += together(1, lambda _index: other.insert("host", {"name": "h"}))
        assert other.count("host", {}) == 0  # reading does not wait
    assert [type(error) for error in raised] == [BusyError, BusyError]
    one.close()
    other.close()


ANOTHER = """
import sys
from alignak_backend_embedded.store.sqlite.store import SQLiteStore
documents = SQLiteStore(sys.argv[1])
for _ in range(40):
    documents.increment("livesynthesis", {}, {"n": 1})
documents.close()
"""


def test_several_processes_share_a_file(tmp_path: Path) -> None:
    path = tmp_path / "site.db"
    documents = SQLiteStore(path)
    documents.insert("livesynthesis", {"n": 0})
    others = [subprocess.Popen([sys.executable, "-c", ANOTHER, str(path)]) for _ in range(2)]
    for _ in range(40):
        documents.increment("livesynthesis", {}, {"n": 1})
    assert [other.wait(30) for other in others] == [0, 0]
    found = documents.find_one("livesynthesis", {})
    assert found is not None
    assert found["n"] == 120
    documents.close()


OPEN = """
import sys
from alignak_backend_embedded.store.sqlite.store import SQLiteStore
sys.stdin.readline()
SQLiteStore(sys.argv[1]).close()
"""


def test_several_processes_make_a_file_at_once(tmp_path: Path) -> None:
    path = str(tmp_path / "site.db")
    others = [subprocess.Popen([sys.executable, "-c", OPEN, path], stdin=subprocess.PIPE, text=True) for _ in range(4)]
    for other in others:
        assert other.stdin is not None
        other.stdin.write("\n")
        other.stdin.flush()
    for other in others:
        other.communicate(timeout=30)
    assert [other.returncode for other in others] == [0] * 4


def test_a_store_survives_a_fork(tmp_path: Path) -> None:
    documents = SQLiteStore(tmp_path / "site.db")
    documents.insert("host", {"name": "parent"})
    child = os.fork()
    if child == 0:
        try:
            documents.insert("host", {"name": "child"})
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert sorted(host["name"] for host in documents.find("host", {})) == ["child", "parent"]
    documents.close()


def test_threads_that_end_leave_no_connections(tmp_path: Path) -> None:
    documents = SQLiteStore(tmp_path / "site.db")
    for _ in range(20):
        assert together(2, lambda _index: documents.count("host", {})) == []
    assert len(documents.database._pool) <= 3
    documents.close()
