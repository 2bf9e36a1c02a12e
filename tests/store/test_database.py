"""The file: who may open it, and the error when it cannot be used."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import platformdirs
import pytest

from alignak_backend_embedded import inprocess
from alignak_backend_embedded.server.settings import ServerError, Settings
from alignak_backend_embedded.server.startup import create_application
from alignak_backend_embedded.store.errors import (
    DatabaseError,
)
from alignak_backend_embedded.store.sqlite import layout
from alignak_backend_embedded.store.sqlite.store import SQLiteStore
from store.files import execute, problem


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


def test_documents_are_there_when_the_file_is_opened_again(tmp_path: Path) -> None:
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


def test_memory_that_runs_out_while_reading_is_reported_as_such(tmp_path: Path) -> None:
    documents = SQLiteStore(tmp_path / "site.db")

    def run_out() -> None:
        with documents.database.reading() as connection:
            connection.run("ROLLBACK")  # as SQLite does then
            raise MemoryError

    with pytest.raises(MemoryError):
        run_out()
    assert documents.count("host", {}) == 0
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


def test_an_unusable_default_database_is_reported_with_the_fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(platformdirs, "user_data_dir", lambda *_, **__: str(tmp_path / "file" / "below"))
    path = str(inprocess.default_database())
    with pytest.raises(DatabaseError, match=r"cannot be written .*, or name a file \(embedded:FILE\)$"):
        inprocess.open_backend()
    with pytest.raises(ServerError, match=r"cannot be written .*, or name a file \(--database=FILE\)$"):
        create_application(Settings(database=path))
    with pytest.raises(DatabaseError, match=r"its folder$"):
        inprocess.open_backend(path + "x")
    with pytest.raises(ServerError, match=r"its folder$"):
        create_application(Settings(database=path + "x"))


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
