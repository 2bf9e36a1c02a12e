"""The tables of the database, and their migrations.

Each resource has a table: ``seq`` (insertion order), ``id`` (the ``_id``), ``doc`` (the document, see
:mod:`.codec`), ``shape`` (see :mod:`.json_pages`), and one ``f:<field>`` column for each field that is used in queries
often, so that it can be indexed and compared without reading the document. Such a field is a scalar; lists and objects
are rejected. ``_templates``, a list, has a separate table with one row per element.

Tables, columns and indexes of a newer program are added when a database is opened; a change of the stored data needs a
migration, and a new :data:`VERSION`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import cache
from typing import Final, NamedTuple

from alignak_backend_client.model import Resource, resources_by_name
from alignak_backend_embedded.store.errors import DatabaseError

from .codec import decode, encode_scalar
from .json_pages import shape_of

APPLICATION_ID: Final = 0x414C4742  # "ALGB", which identifies our files
TEMPLATE_KEY: Final = ("_id", "_is_template", "_realm")
"""An index for counting items without templates, without reading documents."""
LOOKED_UP: Final[tuple[str, ...]] = (
    *("name", "host", "host_name", "_realm", "_is_template", "token", "user", "livesynthesis"),
)
LIVE: Final = (
    *("ls_state", "ls_state_type", "_overall_state_id", "ls_acknowledged", "ls_downtimed", "ls_last_check"),
    *("active_checks_enabled", "passive_checks_enabled"),
)
"""The fields by which live states are filtered and sorted. The last two show whether checks are enabled."""
LIVE_KEY: Final = ("ls_state", "ls_acknowledged", "ls_downtimed", "_is_template", "_id", "ls_last_check")
"""An index for finding the items in some state without reading documents."""
CHECKED_KEY: Final = ("ls_last_check", "seq", "_is_template", "active_checks_enabled", "passive_checks_enabled")
"""An index for finding the last check of all items with enabled checks without reading documents, in list order."""
PROBLEMS_KEY: Final = ("host", "_overall_state_id", "ls_state_type")
"""An index for the overall state of a host: its services that are not OK."""
_SELECTIVE_LISTS: Final = ("_templates",)

Migration = Callable[[sqlite3.Connection], None]


def _first_layout(_connection: sqlite3.Connection) -> None:
    """Version 1: nothing to change, :func:`bring_up_to_date` creates the tables."""


def _shapes(_connection: sqlite3.Connection) -> None:
    """Version 2: documents have a shape (:mod:`.json_pages`), written by :func:`bring_up_to_date` after any migration.

    Older programs must not write, since they would not update the shape.
    """


def _live_states(connection: sqlite3.Connection) -> None:
    """Version 3: live states have columns. Older programs must not write, since they would not update these.

    The index of the services of a host also has their states.
    """
    connection.execute('DROP INDEX IF EXISTS "service:host"')
    connection.execute("DELETE FROM sqlite_stat1 WHERE idx = 'service:host'")


def _enabled_checks(connection: sqlite3.Connection) -> None:
    """Version 4: columns for whether checks are enabled, which are also in the index of the last checks."""
    for resource in ("host", "service"):
        connection.execute(f'DROP INDEX IF EXISTS "{resource}:ls_last_check"')
        connection.execute("DELETE FROM sqlite_stat1 WHERE idx = ?", (f"{resource}:ls_last_check",))


MIGRATIONS: list[Migration] = [_first_layout, _shapes, _live_states, _enabled_checks]
"""Migration ``n`` (counted from 1) turns a database of version ``n - 1`` into one of version ``n``."""
_SHAPED: Final = 2


class Index(NamedTuple):
    """An index: its columns, whether it is unique, a condition, and the approximate number of rows per value."""

    columns: tuple[str, ...]
    unique: bool = False
    only: str = ""
    rows: tuple[int, ...] = (10,)


class Table(NamedTuple):
    """The storage of a resource.

    Attributes:
        name: the resource.
        scalars: fields with a column of their own.
        lists: fields with a table of their own.
        indexes: the indexes of the table.
    """

    name: str
    scalars: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    indexes: tuple[Index, ...] = ()

    @property
    def quoted(self) -> str:
        """The quoted name of the table."""
        return f'"{self.name}"'

    def column(self, field: str) -> str | None:
        """Return the quoted column of a field; None if it has none."""
        if field == "_id":
            return "id"
        return f'"f:{field}"' if field in self.scalars else None

    def list_table(self, field: str) -> str:
        """Return the quoted name of the table of a list field."""
        return f'"{self.name}:{field}"'


_ROWS: Final = {"_realm": 5000, "_is_template": 10000, "_created": 3}
_FEW: Final = 100
"""Assumed number of rows per state; even for OK, which is frequent, the index is faster than the table."""
_LIVE_ROWS: Final = (_FEW, 90, 80, 80, 1, 1)


def _is_true(field: str) -> str:
    return f"\"f:{field}\" = '{encode_scalar(True)}'"


def _table(resource: Resource) -> Table:
    scalars = (*tuple(name for name in LOOKED_UP if name in resource.fields), "_created", "_updated")
    scalars += tuple(name for name in resource.unique if name not in scalars)
    indexes = [Index((name,), unique=True, rows=(1,)) for name in resource.unique]
    if len(resource.key) > 1:
        indexes.append(Index(resource.key, rows=(10, 1)))
    others = {"_is_template", "_updated", *resource.unique}
    live = tuple(name for name in LIVE if name in resource.fields)
    if live:
        indexes += [Index(LIVE_KEY, rows=_LIVE_ROWS), Index(("_overall_state_id",), rows=(_FEW,))]
        indexes += [Index(CHECKED_KEY, rows=(10, 1, 1, 1, 1))]
        indexes += [Index((name,), only=_is_true(name), rows=(_FEW,)) for name in ("ls_acknowledged", "ls_downtimed")]
    if resource.name == "service":
        indexes.append(Index(PROBLEMS_KEY, rows=(10, 3, 3)))
        others.add("host")
    indexes += [Index((name,), rows=(_ROWS.get(name, 10),)) for name in scalars if name not in others]
    scalars += live
    if "_is_template" in scalars:
        # Templates are few, so they have a separate index.
        indexes.append(Index(("_is_template",), only=_is_true("_is_template"), rows=(100,)))
        if "_realm" in scalars:
            indexes.append(Index(TEMPLATE_KEY, rows=(3, 3, 3)))
    lists = tuple(name for name in _SELECTIVE_LISTS if name in resource.fields)
    return Table(resource.name, scalars, lists, tuple(indexes))


@cache
def table(resource: str) -> Table:
    """Return the storage of a resource.

    Raises:
        ValueError: the data model has no such resource.
    """
    known = resources_by_name().get(resource)
    if known is None:
        raise ValueError(f"not a resource of the data model: {resource!r}")
    return _table(known)


def _create(connection: sqlite3.Connection, made: Table, present: set[str]) -> None:
    if made.name not in present:
        columns = "".join(f", {made.column(field)}" for field in made.scalars)
        connection.execute(
            "CREATE TABLE "
            f"{made.quoted} (seq INTEGER PRIMARY KEY, id NOT NULL UNIQUE{columns}, shape BLOB, doc TEXT NOT NULL)"
        )
    else:
        there = {row[1] for row in connection.execute(f"PRAGMA table_info({made.quoted})")}
        if "shape" not in there:
            connection.execute(f"ALTER TABLE {made.quoted} ADD COLUMN shape BLOB")
        new = [field for field in made.scalars if f"f:{field}" not in there]
        for field in new:
            connection.execute(f"ALTER TABLE {made.quoted} ADD COLUMN {made.column(field)}")
        if new:
            values = ", ".join(f"{made.column(field)} = json_extract(doc, ?)" for field in new)
            connection.execute(f"UPDATE {made.quoted} SET {values}", [f'$."{field}"' for field in new])  # noqa: S608 - our names
    for index in made.indexes:
        name = f"{made.name}:{'+'.join(index.columns)}"
        if name in present:
            continue
        columns = ", ".join(made.column(column) or column for column in index.columns)
        only = f" WHERE {index.only}" if index.only else ""
        connection.execute(
            f'CREATE {"UNIQUE " if index.unique else ""}INDEX "{name}" ON {made.quoted} ({columns}){only}'
        )
        # Fixed statistics instead of ANALYZE: the same plan on every machine, even on an empty database.
        rows = " ".join(map(str, (30000, *index.rows)))
        connection.execute("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", (made.name, name, rows))
    for field in made.lists:
        if f"{made.name}:{field}" not in present:
            name = made.list_table(field)
            connection.execute(
                f"CREATE TABLE {name} (value, seq INTEGER REFERENCES {made.quoted} (seq) ON DELETE CASCADE, "
                "PRIMARY KEY (value, seq)) WITHOUT ROWID"
            )
            connection.execute(f'CREATE INDEX "{made.name}:{field}:seq" ON {name} (seq)')
            connection.execute(
                f"INSERT OR IGNORE INTO {name} SELECT e.atom, t.seq FROM {made.quoted} t, json_each(t.doc, ?) e "  # noqa: S608 - our names
                "WHERE e.atom IS NOT NULL",
                (f'$."{field}"',),
            )


def _names(connection: sqlite3.Connection) -> set[str]:
    return {row[0] for row in connection.execute("SELECT name FROM sqlite_schema")}


def version(connection: sqlite3.Connection) -> int:
    """Return the version of a database's layout: 0 for a new one."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def is_current(connection: sqlite3.Connection) -> bool:
    """Return True if a database does not need :func:`bring_up_to_date`."""
    if version(connection) != len(MIGRATIONS):
        return False
    present = _names(connection)
    for name in resources_by_name():
        made = table(name)
        needed = {name, *(f"{name}:{'+'.join(i.columns)}" for i in made.indexes), *(f"{name}:{f}" for f in made.lists)}
        if not needed <= present:
            return False
    return True


def check(connection: sqlite3.Connection, path: str) -> None:
    """Reject databases of other programs or newer versions.

    Raises:
        DatabaseError: the database is rejected.
    """
    identity = int(connection.execute("PRAGMA application_id").fetchone()[0])
    found = version(connection)
    if identity != APPLICATION_ID and (identity or found or _names(connection)):
        raise DatabaseError(f"{path}: the database belongs to another program; name another file")
    if found > len(MIGRATIONS):
        raise DatabaseError(
            f"{path}: made by a newer version (layout {found}, this one knows {len(MIGRATIONS)}); "
            "upgrade this program or name another file"
        )


def bring_up_to_date(connection: sqlite3.Connection) -> None:
    """Migrate a database step by step and add missing tables and indexes, in the caller's transaction."""
    before = version(connection)
    connection.execute("ANALYZE sqlite_schema")  # makes the table of the planner's numbers
    for number, migrate in enumerate(MIGRATIONS[before:], before + 1):
        migrate(connection)
        connection.execute(f"PRAGMA user_version = {number}")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    present = _names(connection)
    for name in resources_by_name():
        _create(connection, table(name), present)
    if 0 < before < _SHAPED:
        _write_shapes(connection)


def _write_shapes(connection: sqlite3.Connection) -> None:
    connection.create_function("shape_of", 1, lambda text: shape_of(decode(text), text), deterministic=True)
    for name in _names(connection):
        columns = {row[1] for row in connection.execute(f'PRAGMA table_info("{name}")')}
        if "doc" in columns:
            if "shape" not in columns:
                connection.execute(f'ALTER TABLE "{name}" ADD COLUMN shape BLOB')
            connection.execute(f'UPDATE "{name}" SET shape = shape_of(CAST(doc AS BLOB))')  # noqa: S608 - our names
