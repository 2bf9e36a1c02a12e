"""The file: who may open it, what is said when it cannot be used, and how it becomes current."""

from __future__ import annotations

import _sqlite3
import contextlib
import ctypes
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import platformdirs
import pytest

from alignak_backend_client.model import resources_by_name
from alignak_backend_embedded import inprocess
from alignak_backend_embedded.server.settings import ServerError, Settings
from alignak_backend_embedded.server.startup import make_app
from alignak_backend_embedded.store.errors import (
    BusyError,
    DatabaseError,
    DocumentError,
    DuplicateKeyError,
    QueryError,
)
from alignak_backend_embedded.store.object_id import ObjectId
from alignak_backend_embedded.store.sqlite import connection as connection_module
from alignak_backend_embedded.store.sqlite import database as database_module
from alignak_backend_embedded.store.sqlite import layout
from alignak_backend_embedded.store.sqlite.store import SQLiteStore


def problem(path: str | Path) -> str:
    with pytest.raises(DatabaseError) as caught:
        SQLiteStore(path)
    text = str(caught.value)
    assert str(path) in text
    assert "\n" not in text
    return text


def execute(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_the_folders_and_the_file_are_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "deep" / "site.db"
    before = os.umask(0)
    try:
        documents = SQLiteStore(path)
        documents.insert("host", {"name": "h"})
    finally:
        os.umask(before)
    files = sorted(path.parent.iterdir())
    assert [file.name for file in files] == ["site.db", "site.db-shm", "site.db-wal"]
    assert {oct(file.stat().st_mode & 0o777) for file in files} == {"0o600"}
    assert {oct(folder.stat().st_mode & 0o777) for folder in path.parents[:2]} == {"0o700"}
    documents.close()


def test_what_was_stored_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    first = SQLiteStore(tmp_path / "site.db")
    (made,) = first.insert("host", {"name": "h"})
    first.close()
    second = SQLiteStore(tmp_path / "site.db")
    assert list(second.find("host", {})) == [{"name": "h", "_id": made}]
    second.close()


def test_every_write_is_flushed_to_the_disk(tmp_path: Path) -> None:
    documents = SQLiteStore(tmp_path / "site.db")
    with documents.database.reading() as connection:
        assert connection.run("PRAGMA journal_mode") == [("wal",)]
        assert connection.run("PRAGMA synchronous") == [(2,)]  # FULL
    documents.close()


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "folder" in problem(tmp_path)


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("these are my notes, " * 100)
    assert "not a SQLite database" in problem(path)
    assert path.read_text().startswith("these are my notes")


def test_the_database_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    execute(path, "CREATE TABLE bookmarks (url)")
    assert "another program" in problem(path)
    marked = tmp_path / "marked.db"
    execute(marked, "PRAGMA application_id = 7")
    assert "another program" in problem(marked)


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "site.db"
    SQLiteStore(path).close()
    execute(path, f"PRAGMA user_version = {len(layout.MIGRATIONS) + 1}")
    assert "newer version" in problem(path)


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot be written" in problem(tmp_path / "file" / "site.db")


@pytest.mark.parametrize("mode", [0o500, 0o000])
@pytest.mark.parametrize("name", ["site.db", "folder/site.db", "folder/deep/site.db"])
def test_a_folder_without_rights_is_reported(tmp_path: Path, mode: int, name: str) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(mode)
    with _without_privileges():
        found = problem(closed / name)
    closed.chmod(0o700)
    assert "cannot be written (Permission denied); check the rights on the file and its folder" in found


@contextlib.contextmanager
def _without_privileges() -> Iterator[None]:
    """Nothing is forbidden to root: be somebody else, to whom root's temporary folders are closed."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_the_default_database_that_cannot_be_used_is_told_with_the_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(platformdirs, "user_data_dir", lambda *_, **__: str(tmp_path / "file" / "below"))
    path = str(inprocess.default_database())
    with pytest.raises(DatabaseError, match=r"cannot be written .*, or name a file \(embedded:FILE\)$"):
        inprocess.open_backend()
    with pytest.raises(ServerError, match=r"cannot be written .*, or name a file \(--database=FILE\)$"):
        make_app(Settings(database=path))
    with pytest.raises(DatabaseError, match=r"its folder$"):
        inprocess.open_backend(path + "x")
    with pytest.raises(ServerError, match=r"its folder$"):
        make_app(Settings(database=path + "x"))


def test_the_default_database_is_made_with_its_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platformdirs, "user_data_dir", lambda *_, **__: str(tmp_path / "a" / "b"))
    inprocess.open_backend().close()
    assert inprocess.default_database().is_file()
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("a", "a/b")] == [0o700, 0o700]


def test_a_name_that_is_none_is_refused() -> None:
    for path in ("", "a\x00b"):
        with pytest.raises(DatabaseError, match="not a valid file name"):
            SQLiteStore(path)


def test_a_damaged_database_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "site.db"
    documents = SQLiteStore(path)
    documents.insert("host", [{"name": f"h{number}", "notes": "x" * 2000} for number in range(200)])
    documents.close()
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle:] = b"\xff" * (len(content) - middle)
    path.write_bytes(content)
    documents = SQLiteStore(path)
    with pytest.raises(DatabaseError, match="restore it from a backup"):
        documents.find("host", {})
    documents.close()


def test_a_full_disk_is_reported_and_the_store_goes_on(tmp_path: Path) -> None:
    documents = SQLiteStore(tmp_path / "site.db")
    with documents.database.reading() as connection:
        pages = connection.run("PRAGMA page_count")[0][0]
        connection.run(f"PRAGMA max_page_count = {pages + 20}")
    with pytest.raises(DatabaseError, match="disk is full"):
        documents.insert("host", [{"notes": "x" * 10_000, "name": str(number)} for number in range(50)])
    assert documents.count("host", {}) == 0
    documents.insert("host", {"name": "small"})
    assert documents.count("host", {}) == 1
    documents.close()


# --- layout --------------------------------------------------------------------------------------------------------


def test_migrations_run_in_order_and_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "site.db"
    documents = SQLiteStore(path)
    documents.insert("host", {"name": "h"})
    documents.close()
    ran = []

    def second(connection: sqlite3.Connection) -> None:
        ran.append(2)
        connection.execute("UPDATE host SET doc = json_set(doc, '$.second', 2)")

    def third(connection: sqlite3.Connection) -> None:
        ran.append(3)
        connection.execute("UPDATE host SET doc = json_set(doc, '$.third', json_extract(doc, '$.second') + 1)")

    monkeypatch.setattr(layout, "MIGRATIONS", [*layout.MIGRATIONS, second, third])
    for _ in range(2):
        documents = SQLiteStore(path)
        found = documents.find_one("host", {"third": 3})
        assert found is not None
        assert found["second"] == 2
        documents.close()
    assert ran == [2, 3]
    monkeypatch.undo()
    assert "newer version" in problem(path)


def test_a_migration_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "site.db"
    documents = SQLiteStore(path)
    documents.insert("host", {"name": "h"})
    documents.close()

    def broken(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM host")
        connection.execute("no SQL")

    monkeypatch.setattr(layout, "MIGRATIONS", [*layout.MIGRATIONS, broken])
    problem(path)
    monkeypatch.undo()
    documents = SQLiteStore(path)
    assert documents.count("host", {}) == 1
    documents.close()


def test_columns_and_indexes_of_a_newer_program_are_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "site.db"
    documents = SQLiteStore(path)
    documents.insert("host", [{"name": "h", "alias": "a"}, {"name": "i", "alias": True}])
    documents.close()
    monkeypatch.setattr(layout, "LOOKED_UP", (*layout.LOOKED_UP, "alias"))
    layout.table.cache_clear()
    try:
        documents = SQLiteStore(path)
        documents.insert("host", {"name": "j", "alias": "a"})
        assert '"f:alias"' in plan(documents, "host", {"alias": "a"})
        assert [host["name"] for host in documents.find("host", {"alias": {"$in": ["a", True]}})] == ["h", "i", "j"]
        documents.close()
    finally:
        layout.table.cache_clear()


def plan(documents: SQLiteStore, resource: str, where: dict[str, Any], order: str = "seq") -> str:
    """The SQL of a filter and how SQLite goes about it."""
    from alignak_backend_embedded.store.sqlite.translate import Query

    query = Query(layout.table(resource))
    query.add(where)
    sql = f"SELECT seq FROM {query.table.quoted} WHERE {query.where.text} ORDER BY {order}"  # noqa: S608 - our own
    with documents.database.reading() as connection:
        rows = connection.run(f"EXPLAIN QUERY PLAN {sql}", query.where.values)
    return sql + " | " + "; ".join(row[3] for row in rows)


REALM, HOST = ObjectId(), ObjectId()
REAL = {"_is_template": {"$ne": True}}
ENABLED = ("active_checks_enabled", "passive_checks_enabled")


def without_columns(path: Path, columns: tuple[str, ...]) -> sqlite3.Connection:
    """Take columns from the tables of hosts and services, and the indexes over them."""
    connection = sqlite3.connect(path)
    indexes = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")
    for name, sql in indexes.fetchall():
        if any(f'"f:{column}"' in sql for column in columns):
            connection.execute(f'DROP INDEX "{name}"')
    for table in ("host", "service"):
        for column in columns:
            connection.execute(f'ALTER TABLE "{table}" DROP COLUMN "f:{column}"')
    return connection


def as_version_3(path: Path) -> None:
    """Take from a database what version 4 added, and give back what it took."""
    connection = without_columns(path, ENABLED)
    for table in ("host", "service"):
        connection.execute(f'CREATE INDEX "{table}:ls_last_check" ON {table} ("f:ls_last_check")')
    connection.execute("PRAGMA user_version = 3")
    connection.commit()
    connection.close()


def test_a_database_of_version_3_gets_columns_of_enabled_checks(tmp_path: Path) -> None:
    path = tmp_path / "site.db"
    documents = SQLiteStore(path)
    on, off = dict.fromkeys(ENABLED, True), dict.fromkeys(ENABLED, False)
    given = [
        {"_id": ObjectId(), "name": "a", **on, "ls_last_check": 5},
        {"_id": ObjectId(), "name": "b", **on, "ls_last_check": 0},
        {"_id": ObjectId(), "name": "c", **off, "ls_last_check": 5},
        {"_id": ObjectId(), "name": "d"},
    ]
    documents.insert("service", given)
    documents.close()
    as_version_3(path)
    documents = SQLiteStore(path)
    assert list(documents.find("service", {})) == given
    neither = {name: {"$ne": True} for name in ENABLED}
    either = {"$or": [{name: True} for name in ENABLED]}
    for where, names in (
        ({"active_checks_enabled": True}, "ab"),
        (neither, "cd"),
        ({**either, "ls_last_check": {"$gt": 0}}, "a"),
        ({**either, "ls_last_check": {"$not": {"$gt": 0}}}, "b"),
    ):
        assert [found["name"] for found in documents.find("service", where)] == list(names)
        assert "COVERING INDEX service:ls_last_check+" in plan(
            documents, "service", {**where, **REAL}, '"f:ls_last_check"'
        )
    with documents.database.reading() as connection:
        assert connection.run("SELECT * FROM sqlite_schema WHERE name = 'service:ls_last_check'") == []
    documents.close()


def as_version_2(path: Path) -> None:
    """Take from a database what version 3 added, and give back what it took."""
    connection = without_columns(path, layout.LIVE)
    connection.execute('CREATE INDEX "service:host" ON service ("f:host")')
    connection.execute("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('service', 'service:host', '30000 10')")
    connection.execute("PRAGMA user_version = 2")
    connection.commit()
    connection.close()


def test_a_database_of_version_2_gets_columns_of_live_states(tmp_path: Path) -> None:
    path = tmp_path / "site.db"
    documents = SQLiteStore(path)
    live = {"ls_state": "CRITICAL", "ls_state_type": "HARD", "_overall_state_id": 4, "ls_last_check": 1000}
    given = [
        {"_id": ObjectId(), "name": "a", "host": HOST, **live, "ls_acknowledged": True, "ls_downtimed": False},
        {"_id": ObjectId(), "name": "b", "host": HOST, **live, "ls_state": "OK", "ls_last_check": 999.5},
        {"_id": ObjectId(), "name": "c"},
    ]
    documents.insert("service", given)
    documents.close()
    as_version_2(path)
    documents = SQLiteStore(path)
    assert list(documents.find("service", {})) == given
    for where, names in (
        ({"ls_state": "CRITICAL"}, "a"),
        ({"ls_acknowledged": True}, "a"),
        ({"ls_acknowledged": {"$ne": True}}, "bc"),
        ({"ls_last_check": {"$lt": 1000}}, "b"),
        ({"ls_state_type": None}, "c"),
    ):
        assert [found["name"] for found in documents.find("service", where)] == list(names)
    assert [found["name"] for found in documents.find("service", {}, sort=[("ls_last_check", -1)])] == list("abc")
    assert "COVERING INDEX service:_overall_state_id" in plan(documents, "service", {"_overall_state_id": 4})
    assert "service:host+" in plan(documents, "service", {"host": HOST})
    documents.update_fields("service", {"name": "c"}, {"ls_state": "CRITICAL"})
    assert documents.count("service", {"ls_state": "CRITICAL"}) == 2
    assert "INDEX service:host " not in plan(documents, "service", {"host": HOST})
    documents.close()


@pytest.mark.parametrize(
    ("resource", "where", "index"),
    [
        ("host", {"name": "h"}, "host:name"),
        ("host", {"_id": HOST}, "sqlite_autoindex_host_1"),
        ("host", {"_id": {"$in": [HOST] * 3000}}, "sqlite_autoindex_host_1"),
        ("host", {"$or": [{"_id": HOST}] * 3000}, "sqlite_autoindex_host_1"),
        ("host", {"name": {"$in": ["a", "b"]}}, "host:name"),
        ("service", {"host": HOST, "name": "s"}, "service:host+name"),
        ("service", {"$and": [{"host": HOST}, {"name": "s"}]}, "service:host+name"),
        ("service", {"name": "s"}, "service:name"),
        ("service", {"_realm": REALM}, "service:_realm"),
        ("service", {"_realm": REALM, "host": HOST}, "service:host"),
        ("service", {"$or": [{"host": HOST, "name": name} for name in "ab"]}, "service:host+name"),
        ("service", {"ls_state": "CRITICAL"}, "COVERING INDEX service:ls_state+"),
        ("service", {"ls_state": {"$in": ["WARNING", "CRITICAL"]}, **REAL}, "COVERING INDEX service:ls_state+"),
        ("host", {"ls_acknowledged": False, "ls_downtimed": False, "ls_state": "DOWN"}, "INDEX host:ls_state+"),
        ("host", {"ls_acknowledged": True}, "host:ls_acknowledged"),
        ("service", {"ls_downtimed": True}, "service:ls_downtimed"),
        ("service", {"_overall_state_id": {"$gt": 2}}, "COVERING INDEX service:_overall_state_id"),
        ("service", {"ls_last_check": {"$lt": 5}}, "COVERING INDEX service:ls_last_check"),
        (
            "service",
            {"host": {"$in": [HOST]}, "ls_state_type": "HARD", "_overall_state_id": {"$gt": 0, "$lt": 5}},
            "COVERING INDEX service:host+_overall_state_id+ls_state_type",
        ),
        ("service", {"_realm": {"$in": [REALM]}, "name": "s"}, "service:name"),
        ("service", {"_is_template": False, "name": "s"}, "service:name"),
        ("service", {"_is_template": True}, "service:_is_template"),
        ("service", {"_templates": HOST}, "service:_templates"),
        ("service", {"_templates": {"$in": [HOST]}, "_is_template": False}, "service:_templates"),
        ("user", {"token": "t"}, "user:token"),
        ("user", {"name": "admin", "_is_template": {"$ne": True}}, "user:name"),
        ("userrestrictrole", {"user": HOST}, "userrestrictrole:user"),
        ("history", {"host": HOST, "alias": {"$regex": "x"}}, "history:host"),
        ("livesynthesis", {"_realm": REALM}, "livesynthesis:_realm"),
    ],
)
def test_what_is_looked_up_is_found_by_an_index(resource: str, where: dict[str, Any], index: str) -> None:
    documents = SQLiteStore(":memory:")
    steps = plan(documents, resource, where).rpartition(" | ")[2]
    assert index in steps
    assert f"SCAN {resource}" not in steps
    documents.close()


@pytest.mark.parametrize(
    ("resource", "where", "order", "index"),
    [
        ("host", {"_id": {"$gt": HOST}}, "id, seq", "sqlite_autoindex_host_1"),
        ("host", {}, "id, seq", "sqlite_autoindex_host_1"),
        ("host", {}, '"f:name" DESC, seq DESC', "host:name"),
        ("host", {}, '"f:_overall_state_id" DESC, seq DESC', "host:_overall_state_id"),
        ("service", {"_is_template": False}, '"f:ls_last_check" DESC, seq DESC', "service:ls_last_check"),
        ("history", {}, '"f:_created" DESC, seq DESC', "history:_created"),
    ],
)
def test_a_walk_by_an_index_sorts_nothing(resource: str, where: dict[str, Any], order: str, index: str) -> None:
    documents = SQLiteStore(":memory:")
    steps = plan(documents, resource, where, order).rpartition(" | ")[2]
    assert index in steps
    assert "TEMP B-TREE" not in steps
    documents.close()


def test_every_resource_has_a_table_and_every_unique_key_an_index() -> None:
    documents = SQLiteStore(":memory:")
    for name, resource in resources_by_name().items():
        assert documents.count(name, {}) == 0
        for field in resource.unique:
            documents.insert(name, {field: "same"})
            with pytest.raises(DuplicateKeyError, match=field):
                documents.insert(name, {field: "same"})
            assert documents.count(name, {}) == 1
    documents.close()


# --- documents -----------------------------------------------------------------------------------------------------


def test_a_duplicate_takes_the_whole_batch_back_and_is_named() -> None:
    documents = SQLiteStore(":memory:")
    known = ObjectId()
    documents.insert("host", {"_id": known, "name": "h"})
    with pytest.raises(DuplicateKeyError, match="_id") as caught:
        documents.insert("host", [{"name": "a"}, {"name": "b"}, {"_id": known, "name": "c"}])
    assert caught.value.index == 2
    assert documents.count("host", {}) == 1
    with pytest.raises(DuplicateKeyError, match="name"):
        documents.update_fields("host", {"_id": documents.insert("host", {"name": "i"})[0]}, {"name": "h"})
    documents.close()


def test_documents_handed_out_are_the_callers() -> None:
    documents = SQLiteStore(":memory:")
    mine: dict[str, Any] = {"name": "h", "tags": ["a"]}
    documents.insert("host", mine)
    mine["tags"].append("b")
    found = documents.find_one("host", {"name": "h"})
    assert found is not None
    assert found["tags"] == ["a"]
    found["tags"].append("c")
    assert documents.count("host", {"tags": "c"}) == 0
    documents.close()


def test_what_cannot_be_stored_is_refused() -> None:
    documents = SQLiteStore(":memory:")
    bad: list[Any] = [float("nan"), float("inf"), 2**63, b"x", "\ud800", {"$a": 1}, {1: 2}, object(), {"a\x00": 1}]
    for value in bad:
        with pytest.raises(DocumentError):
            documents.insert("host", {"name": "h", "notes": value})
    misplaced: list[dict[str, Any]] = [{"name": ["h"]}, {"_id": None}, {"_id": {"a": 1}}, {"_realm": {}}]
    for document in misplaced:
        with pytest.raises(DocumentError):
            documents.insert("host", document)
    assert documents.count("host", {}) == 0
    documents.close()


def test_no_text_breaks_out_of_the_sql() -> None:
    documents = SQLiteStore(":memory:")
    documents.insert("host", {"name": "h", "it's": 1, "a b": 2, 'qu"ote': 3, "sl\\ash": 4, "é": 5, "": 6})
    for name, value in (("it's", 1), ("a b", 2), ('qu"ote', 3), ("sl\\ash", 4), ("é", 5), ("", 6)):
        assert documents.count("host", {name: value}) == 1, name
        assert documents.count("host", {name: {"$gt": value}}) == 0, name
    for evil in ("a') OR 1=1 --", ".$.a", 'a" OR 1', "\ud800", "x\n"):
        assert documents.count("host", {evil: 1}) == 0
        assert documents.count("host", {"name": evil}) == 0
        assert len(list(documents.find("host", {}, sort=[("it's", 1), ('qu"ote', -1)]))) == 1
    for resource in ('host"; DROP TABLE host; --', "", "sqlite_schema", "a/b"):
        with pytest.raises(ValueError, match="not a resource of the data model"):
            documents.count(resource, {})
    documents.close()


def test_statements_of_long_filters_are_not_kept() -> None:
    """Each takes megabytes, and a connection keeps hundreds of statements."""
    used = ctypes.CDLL(_sqlite3.__file__).sqlite3_memory_used
    used.restype = ctypes.c_int64
    documents = SQLiteStore(":memory:")
    sizes = []
    for number in range(4):
        documents.count("host", {"$or": [{f"field{number}_{i}": 1} for i in range(300)]})
        sizes.append(used())
    documents.close()
    assert sizes[-1] - sizes[0] < 100_000, sizes


def test_increments_and_fields_that_cannot_be_set() -> None:
    documents = SQLiteStore(":memory:")
    documents.insert("livesynthesis", {"hosts_total": 1, "_etag": "e", "name": "x", "list": [1, {"a": 1}]})
    assert documents.increment("livesynthesis", {}, {"hosts_total": 2, "hosts_up_hard": -1, "deep.er": 1}) == 1
    assert documents.update_fields("livesynthesis", {}, {"list.1.a": 5}) == 1
    found = documents.find_one("livesynthesis", {"deep.er": 1, "list.a": 5})
    assert found is not None
    assert (found["hosts_total"], found["hosts_up_hard"], found["_etag"]) == (3, -1, "e")
    for fields in ({"_id": 1}, {"name.x": 1}, {"list.7": 1}, {"list.x": 1}):
        with pytest.raises(QueryError):
            documents.update_fields("livesynthesis", {}, fields)
    with pytest.raises(QueryError):
        documents.increment("livesynthesis", {}, {"name": 1})
    documents.close()


# --- several at once -----------------------------------------------------------------------------------------------


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


def test_a_writer_that_waits_too_long_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
