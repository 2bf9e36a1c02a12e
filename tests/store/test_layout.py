"""Tables, columns and indexes: how a database of an older version becomes current, and what is found by an index."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from alignak_backend_client.model import resources_by_name
from alignak_backend_embedded.store.errors import (
    DuplicateKeyError,
)
from alignak_backend_embedded.store.object_id import ObjectId
from alignak_backend_embedded.store.sqlite import layout
from alignak_backend_embedded.store.sqlite.store import SQLiteStore
from store.files import problem


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
NOW = datetime.now(UTC)
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


def test_that_there_are_none_is_found_out_without_reading_documents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = SQLiteStore(tmp_path / "site.db")
    documents.insert("service", [{"name": "a", "active_checks_enabled": True, "ls_last_check": 5}])
    monkeypatch.setattr("alignak_backend_embedded.store.sqlite.store._rows", None)
    found, total = documents.page("service", {"ls_last_check": {"$not": {"$gt": 0}}, **REAL}, [], None, 1, 0)
    assert (list(found), total) == ([], 0)
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
        ("logcheckresult", {"$or": [{"host_name": "h"}], "_created": {"$gte": NOW}}, "logcheckresult:host_name"),
        ("logcheckresult", {"host_name": {"$regex": "^web.*$"}, "_created": {"$gte": NOW}}, "logcheckresult:host_name"),
        ("livesynthesis", {"_realm": REALM}, "livesynthesis:_realm"),
    ],
)
def test_lookups_use_an_index(resource: str, where: dict[str, Any], index: str) -> None:
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
