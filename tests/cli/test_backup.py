"""Backups: a backend in a file, and that file in another backend, whatever kind each is of."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from alignak_backend_client.client import Backend
from cli import moving
from cli.running import Desk, Item, Ran, run
from servers.running import Kind, running_backend


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Desk]:
    """A fresh embedded backend, whatever the run is about."""
    folder = tmp_path / "other"
    folder.mkdir()
    with running_backend("embedded") as running:
        desk = Desk(running.url, folder)
        yield desk
        desk.close()


def asked(desk: Desk, *words: str, stdin: bytes = b"") -> Ran:
    """Run a command that knows no folder."""
    return run("-b", desk.url, *words, stdin=stdin)


def backed_up(desk: Desk, *words: str) -> bytes:
    file = desk.folder / "site.backup"
    ran = asked(desk, "backup", str(file), *words)
    assert ran.code == 0, ran
    assert stat.S_IMODE(file.stat().st_mode) == 0o600, ran
    return file.read_bytes()


def restored(desk: Desk, data: bytes, *words: str) -> Ran:
    return asked(desk, "restore", str(desk.folder / desk.file(data, "given.backup")), *words)


def differences(one: bytes, other: bytes, *, counters: bool = True) -> dict[tuple[str, str], Any]:
    """What two backups do not have in common, but for what no backend lets be set."""
    left, right = (moving.comparable(data, counters=counters) for data in (one, other))
    found: dict[tuple[str, str], Any] = {}
    for key in left.keys() | right.keys():
        a, b = left.get(key), right.get(key)
        if a is None or b is None:
            found[key] = (a, b)
            continue
        fields = {name: (a.get(name), b.get(name)) for name in a.keys() | b.keys() if a.get(name) != b.get(name)}
        # An empty name is refused, and a synthesis that the backend made has no fields of new items.
        new = ("schema_version", "_sub_realm") if key[0] == "livesynthesis" else ()
        fields = {name: pair for name, pair in fields.items() if pair != ("", None) and name not in new}
        if fields:
            found[key] = fields
    return found


def changed(data: bytes, change: Callable[[list[Any]], Any]) -> bytes:
    """A backup with other lines, and the checksum and the counts of those."""
    lines = [json.loads(line) for line in gzip.decompress(data).splitlines()]
    change(lines)
    counts: dict[str, int] = {}
    for line in lines[1:-1]:
        counts[str(line["type"])] = counts.get(str(line["type"]), 0) + 1
    text = b"".join(json.dumps(line).encode() + b"\n" for line in lines[:-1])
    end = {"counts": counts, "sha256": hashlib.sha256(text).hexdigest()}
    return gzip.compress(text + json.dumps(end).encode() + b"\n")


# --- there and back ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["among its kind", "from the embedded one", "to the embedded one"])
def test_a_backup_is_the_same_site_elsewhere(
    fresh_desks: Callable[[], Desk], other: Desk, backend_kind: Kind, way: str
) -> None:
    if way != "among its kind" and not backend_kind.startswith("real"):
        pytest.skip("the same as among its kind")
    source = other if way == "from the embedded one" else fresh_desks()
    target = other if way == "to the embedded one" else fresh_desks()
    moving.put(source.backend)
    before = backed_up(source, "--history")
    ran = restored(target, before)
    assert ran.code == 0, ran
    assert "9 services" in ran.out
    (note,) = ran.err.splitlines()
    assert note.startswith("New users have random passwords: 'ops', 'night'. To set one: ")
    # Those of the embedded backend add up, whatever those of another one did.
    counters = way != "to the embedded one"
    assert differences(before, backed_up(target, "--history"), counters=counters) == {}
    again = restored(target, before)
    assert (again.code, again.out) == (0, f"no items restored, {len(moving.items(before))} unchanged\n")
    assert differences(before, backed_up(target, "--history"), counters=counters) == {}
    for name in ("ops", "night", "admin"):
        with Backend(target.url) as client:
            assert client.login(name, "hush") is False
            assert client.login(name, "NOPASSWORDSET") is False


@pytest.mark.mongo_only
def test_an_embedded_database_moves_to_mongodb(fresh_desks: Callable[[], Desk], other: Desk) -> None:
    target = fresh_desks()
    moving.put(other.backend)
    before = backed_up(other, "--history")
    ran = restored(target, before)
    assert (ran.code, "9 services" in ran.out) == (0, True), ran
    assert differences(before, backed_up(target, "--history")) == {}
    assert restored(target, before).out.startswith("no items restored")


def test_the_history_comes_only_when_it_is_wanted(fresh_desks: Callable[[], Desk]) -> None:
    source, target = fresh_desks(), fresh_desks()
    moving.put(source.backend)
    data = backed_up(source)
    assert not {resource for resource, _ in moving.items(data)} & {"history", "logcheckresult"}
    assert restored(target, data).code == 0
    # What the actions put there while they are restored is no history of the site.
    assert target.items("history") == []
    assert len(target.items("actiondowntime")) == 1


def test_a_backup_goes_through_a_pipe(fresh_desks: Callable[[], Desk]) -> None:
    source, target = fresh_desks(), fresh_desks()
    moving.put(source.backend, events=False)
    data = backed_up(source)
    ran = asked(target, "restore", "-", stdin=data)
    assert ran.code == 0, ran
    assert differences(data, backed_up(target)) == {}
    told = asked(target, "restore", "-", "--json", stdin=data)
    lines = [json.loads(line) for line in told.out.splitlines()]
    assert {line.get("status") for line in lines[:-1]} == {"unchanged"}
    assert told.code == 0


def test_no_secret_of_a_user_is_in_a_backup(fresh_desk: Desk) -> None:
    moving.put(fresh_desk.backend)
    text = gzip.decompress(backed_up(fresh_desk, "--history"))
    assert not [secret for secret in (b"pbkdf2", b"scrypt", b'"token"', b"hush") if secret in text]
    # Logins of the backend itself come along, or it could not be restored.
    assert b"a-login" in text


def test_a_restricted_user_gets_a_partial_backup_with_a_warning(fresh_desk: Desk, backend_kind: Kind) -> None:
    moving.put(fresh_desk.backend)
    file = fresh_desk.folder / "his.backup"
    ran = asked(fresh_desk, "-u", "ops", "-p", "hush", "backup", str(file))
    assert ran.code == 0, ran
    # The released backend shows them.
    hidden = [] if backend_kind.startswith("real") else ["grafana 'graphs'", "influxdb 'series'"]
    note, passwords, *notes = ran.err.splitlines()
    assert note == "Incomplete: only items that this user may read; a super administrator can read everything"
    # Backends list items in different orders.
    assert sorted(re.findall("'.*?'", passwords)) == ["'admin'", "'night'", "'ops'"]
    assert notes == [
        *(f"Not readable for this user: the credentials of {one}" for one in hidden),
    ]
    there = {resource for resource, _ in moving.items(file.read_bytes())}
    assert ("host" in there, "userrestrictrole" in there) == (True, False)
    ran = asked(fresh_desk, "-u", "ops", "-p", "hush", "restore", str(file))
    assert (ran.code, ran.err) == (2, "Only super administrators can restore a backup, and 'ops' is not one\n")


def test_a_file_has_the_shape_that_the_page_shows(a_backup: bytes) -> None:
    page = (Path(__file__).parents[2] / "docs" / "backup.md").read_text(encoding="utf-8")
    shown = [json.loads(line) for line in page.split("```json\n")[1].split("```")[0].splitlines()]
    lines = [json.loads(line) for line in gzip.decompress(a_backup).splitlines()]
    assert [list(shown[place]) for place in (0, 1, -1)] == [list(lines[place]) for place in (0, 1, -1)]
    assert {"_id", "name", "_level"} <= lines[1]["item"].keys()


# --- where it is restored ---------------------------------------------------------------------------------------------


def test_a_backend_with_other_items_is_refused_unless_they_may_stay(fresh_desks: Callable[[], Desk]) -> None:
    source, target = fresh_desks(), fresh_desks()
    moving.put(source.backend, events=False)
    data = backed_up(source)
    hosts = [{"name": "mine"}, {"name": "gate", "alias": "another gate"}]
    target.ok("-t", "host", "-d", target.file(hosts), "add")
    before = target.everything()
    ran = restored(target, data)
    assert ran.code == 2
    assert "The backend is not empty: it has 2 hosts that the backup does not have ('" in ran.err
    assert target.everything() == before
    ran = restored(target, data, "--overwrite")
    assert ran.code == 0, ran
    assert target.item("host", "mine")["alias"] == "mine"
    # The one of this name is the same host, under its own id, and all links lead to it.
    gate = target.item("host", "gate")
    assert (gate["notes"], gate["address"]) == ("links ahead", "192.0.2.1")
    assert target.item("host", "web-2")["parents"] == [gate["_id"]]
    assert len(target.items("host", name="gate")) == 1
    assert restored(target, data, "--overwrite").out.startswith("no items restored")


def test_later_changes_are_not_overwritten_silently(fresh_desk: Desk) -> None:
    moving.put(fresh_desk.backend, events=False)
    data = backed_up(fresh_desk)
    fresh_desk.ok("-t", "host", "-d", fresh_desk.file({"notes": "new"}), "update", "gate")
    ran = restored(fresh_desk, data)
    assert ran.code == 2
    assert ran.err.splitlines() == [
        "Host 'gate' is not added: it exists, and differs in: notes; use --overwrite to reset it",
        f"no items restored, {len(moving.items(data)) - 1} unchanged, 1 failed",
    ]
    assert fresh_desk.item("host", "gate")["notes"] == "new"
    assert restored(fresh_desk, data, "--overwrite").code == 0
    assert differences(data, backed_up(fresh_desk)) == {}


def test_later_items_are_not_taken_for_side_effects(fresh_desks: Callable[[], Desk]) -> None:
    """Rights, services of templates and events look like what a restore makes, and deletes, itself."""
    source, target = fresh_desks(), fresh_desks()
    ids = moving.put(source.backend)
    data = backed_up(source)
    assert restored(target, data).code == 0

    def right(desk: Desk) -> None:
        desk.ok(
            "-t", "userrestrictrole", "-d", desk.file({"user": "ops", "realm": "Paris", "resource": "service"}), "add"
        )

    def templates(desk: Desk) -> None:
        desk.ok("-d", desk.file({"_templates": ["web"]}), "update", "gate")

    for desk, change in ((target, right), (target, templates), (source, right), (source, templates)):
        change(desk)
        before = desk.everything()
        ran = restored(desk, data)
        assert (ran.code, "The backend is not empty: it has " in ran.err) == (2, True), ran
        assert desk.everything() == before
    assert len(source.items("service", host=ids["gate"])) == 3
    assert len(target.items("service", host=ids["gate"])) == 3


def test_dangling_links_are_omitted_and_reported(fresh_desks: Callable[[], Desk]) -> None:
    source, target = fresh_desks(), fresh_desks()
    ids = moving.put(source.backend, events=False)

    def without(lines: list[Any]) -> None:
        lines[:] = [line for line in lines if line.get("item", {}).get("_id") not in (ids["ops"], ids["gate"])]

    ran = restored(target, changed(backed_up(source), without))
    # Rights are for somebody; groups, escalations and parents do without.
    assert ran.code == 2
    assert f"user: the backup does not have the user {ids['ops']}\n" in ran.err
    assert f"users: the backup does not have the user {ids['ops']}\n" in ran.err
    assert "Links to items that are not in the backup: 8 dropped" in ran.err
    assert target.item("host", "web-2")["parents"] == []
    assert target.item("usergroup", "team")["users"] == [ids["night"]]
    assert target.items("userrestrictrole", user=ids["night"]) == []


# --- files that are none ----------------------------------------------------------------------------------------------


def _bomb() -> bytes:
    return gzip.compress(json.dumps({"alignak_backup": 1}).encode() + b"\n" + b"x" * 200_000_000, 9)


def _doubled(data: bytes) -> bytes:
    return changed(data, lambda lines: lines.insert(2, lines[1]))


def _unknown(data: bytes) -> bytes:
    return changed(data, lambda lines: lines.insert(1, {"type": ["x"], "item": {"_id": "0" * 24}}))


def _newer(data: bytes) -> bytes:
    return changed(data, lambda lines: lines[0].update(alignak_backup=2))


SPOILT: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "cut off": (lambda data: data[:-200], "is truncated after line "),
    "cut off within its head": (lambda data: data[:15], "is not a backup: it was not written by the command 'backup'"),
    "empty": (lambda _data: b"", "is not a backup: it was not written by the command 'backup'"),
    "a bit flipped": (lambda data: data[:900] + bytes([data[900] ^ 4]) + data[901:], "was modified or damaged"),
    "a line left out": (
        lambda data: gzip.compress(
            b"\n".join(gzip.decompress(data).split(b"\n")[:4] + gzip.decompress(data).split(b"\n")[5:])
        ),
        "the checksum does not match",
    ),
    "another name in it": (
        lambda data: gzip.compress(gzip.decompress(data).replace(b'"Paris"', b'"Rome"')),
        "the checksum does not match",
    ),
    "something behind it": (lambda data: data + b"more", "data after its end"),
    "twice": (lambda data: data + data, "data after its end"),
    "an item twice": (_doubled, "line 3: it is in the wrong place"),
    "of an odd type": (_unknown, "line 2: it has an unknown type"),
    "of a newer release": (_newer, "was written by a newer release (format 2, this one knows 1): upgrade"),
    "a huge head": (lambda _data: gzip.compress(b'{"a": "' + b"x" * 1_000_000 + b'"}\n'), "a line is too long"),
    "a huge line": (lambda _data: _bomb(), "was modified or damaged: a line is too long"),
    "another gzip file": (lambda _data: gzip.compress(b"<html>"), "is not a backup: it was not written by"),
    "no gzip file": (lambda _data: b'[{"name": "h"}]', "is not a backup: it was not written by the command 'backup'"),
    "deeply nested": (lambda _data: gzip.compress(b"[" * 100_000 + b"\n"), "is not a backup: "),
}


@pytest.fixture(scope="module")
def a_backup(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    with running_backend("embedded") as running:
        desk = Desk(running.url, tmp_path_factory.mktemp("backup"))
        moving.put(desk.backend)
        data = backed_up(desk)
        desk.close()
    return data


@pytest.mark.parametrize("kind", SPOILT)
def test_a_spoilt_file_is_refused_before_anything_is_sent(kind: str, a_backup: bytes, desk: Desk) -> None:
    spoil, message = SPOILT[kind]
    ran = run("-b", "http://127.0.0.1:9", "restore", desk.file(spoil(a_backup), "spoilt"))
    assert ran.code == 2, ran
    assert (ran.out, ran.err.count("\n"), message in ran.err) == ("", 1, True), ran


def test_paths_that_are_no_files_are_refused(desk: Desk) -> None:
    assert asked(desk, "restore", "nowhere").err == "Cannot read 'nowhere': No such file or directory\n"
    assert asked(desk, "restore", ".").err == "Cannot read '.': it is not a file\n"
    assert asked(desk, "backup", ".").err == "Cannot write '.': it is not a file\n"
    assert asked(desk, "backup", "no/where").err == "Cannot write 'no/where': No such file or directory\n"
    mine = desk.file("precious", "mine.txt")
    assert asked(desk, "backup", mine).err == "'mine.txt' exists, and is not a backup: use another file name\n"
    assert (desk.folder / mine).read_text() == "precious"


def test_hostile_items_fail_alone(a_backup: bytes, other: Desk) -> None:
    """A file may be ours in all but its values."""

    def odd(lines: list[Any]) -> None:
        for line in lines[1:-1]:
            item: Item = line["item"]
            if line["type"] == "host" and item["name"] == "web-2":
                item |= {"parents": "x", "_templates": [[1]], "name": ["h"], "customs": [], "_template_fields": [{}]}
            elif line["type"] == "realm" and item["name"] == "Nord":
                item["_parent"] = [item["_id"]]
            elif line["type"] == "command" and item["name"] == "disk":
                item |= {"_realm": 5, "fresh": 1}

    ran = restored(other, changed(a_backup, odd))
    assert ran.code == 2, ran
    assert "Fields that this release does not know: 'command.fresh' dropped" in ran.err
    assert "the backend no longer has it" not in ran.err
    assert other.items("host", name="web-1"), ran.err


# --- copies of a database ---------------------------------------------------------------------------------------------


@pytest.mark.embedded_only
class TestCopies:
    def test_a_copy_is_the_database(self, tmp_path: Path) -> None:
        database, copy, new = (tmp_path / name for name in ("site.db", "copy.db", "deep/new.db"))
        with Backend(f"embedded:{database}") as backend:
            backend.login("admin", "admin")
            ids = moving.put(backend)
            # While it is in use: what was written last is in the log only.
            ran = run("-b", f"embedded:{database}", "backup", str(copy))
            assert ran.code == 0, ran
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
        assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.db", "site.db"]
        ran = run("-b", f"embedded:{new}", "restore", str(copy))
        assert (ran.code, ran.out) == (0, f"{copy} restored to {new}\n")
        assert stat.S_IMODE(new.stat().st_mode) == 0o600
        assert stat.S_IMODE(new.parent.stat().st_mode) == 0o700
        with Backend(f"embedded:{new}") as backend:
            assert backend.login("ops", "hush")
            assert backend.get(f"host/{ids['gate']}")["notes"] == "links ahead"
        assert sorted(path.name for path in new.parent.iterdir()) == ["new.db"]

    def test_a_copy_is_not_put_over_a_database(self, tmp_path: Path) -> None:
        database, copy = tmp_path / "site.db", tmp_path / "copy.db"
        assert run("-b", f"embedded:{database}", "add", "h").code == 0
        assert run("-b", f"embedded:{database}", "backup", str(copy)).code == 0
        before = database.read_bytes()
        ran = run("-b", f"embedded:{database}", "restore", str(copy))
        assert (ran.code, ran.err) == (2, f"{database}: exists already; name a new file, or remove it first\n")
        assert database.read_bytes() == before
        ran = run("-b", f"embedded:{database}", "backup", str(database))
        assert (ran.code, ran.err) == (2, f"'{database}' exists, and is not a backup: use another file name\n")
        ran = run("-b", "http://127.0.0.1:9", "restore", str(copy))
        assert (ran.code, "is a database copy: restore it to a new one with -b embedded:NEW.db" in ran.err) == (
            2,
            True,
        )

    @pytest.mark.parametrize("options", [(), ("--portable",)])
    def test_only_backups_are_replaced(self, tmp_path: Path, options: tuple[str, ...]) -> None:
        site, live, foreign = tmp_path / "site.db", tmp_path / "live.db", tmp_path / "foreign.gz"
        for database in (site, live):
            assert run("-b", f"embedded:{database}", "add", "h").code == 0
        foreign.write_bytes(gzip.compress(b'{"name": "mine"}\n'))
        for file in (site, live, foreign):
            before = file.read_bytes()
            ran = run("-b", f"embedded:{site}", "backup", *options, str(file))
            assert (ran.code, ran.err) == (2, f"'{file}' exists, and is not a backup: use another file name\n")
            assert file.read_bytes() == before
        for other in ((), ("--portable",)):
            assert run("-b", f"embedded:{site}", "backup", *other, str(tmp_path / "copy")).code == 0
            assert run("-b", f"embedded:{site}", "backup", *options, str(tmp_path / "copy")).code == 0

    def test_a_database_beside_which_nothing_can_be_written(self, tmp_path: Path) -> None:
        database = tmp_path / "site.db"
        assert run("-b", f"embedded:{database}", "add", "h").code == 0
        (tmp_path / "site.db-wal").mkdir()  # as on a disk that is read-only
        ran = run("-b", f"embedded:{database}", "backup", str(tmp_path / "copy"))
        assert (ran.code, ran.out) == (2, "")
        assert "if its folder is read-only, copy it with its -wal file to another one" in ran.err
        assert not (tmp_path / "copy").exists()

    def test_a_copy_that_is_damaged_or_foreign_is_refused(self, tmp_path: Path) -> None:
        import sqlite3

        database, copy = tmp_path / "site.db", tmp_path / "copy.db"
        with Backend(f"embedded:{database}") as backend:
            backend.login("admin", "admin")
            moving.put(backend)
        assert run("-b", f"embedded:{database}", "backup", str(copy)).code == 0
        whole = copy.read_bytes()
        foreign = tmp_path / "foreign.db"
        with closing(sqlite3.connect(foreign)) as connection, connection:
            connection.execute("CREATE TABLE t (x)")
        spoilt = {"cut.db": whole[: len(whole) // 2], "zeroed.db": whole[:8192] + bytes(40960) + whole[49152:]}
        for name, data in spoilt.items():
            (tmp_path / name).write_bytes(data)
            ran = run("-b", f"embedded:{tmp_path / 'new.db'}", "restore", str(tmp_path / name))
            assert (ran.code, "the copy is damaged" in ran.err) == (2, True), ran
        ran = run("-b", f"embedded:{tmp_path / 'new.db'}", "restore", str(foreign))
        assert (ran.code, "the database belongs to another program" in ran.err) == (2, True), ran
        assert not list(tmp_path.glob("new.db*"))

    def test_a_missing_database_is_not_created(self, tmp_path: Path) -> None:
        ran = run("-b", f"embedded:{tmp_path / 'no.db'}", "backup", str(tmp_path / "copy.db"))
        assert (ran.code, ran.err) == (2, f"{tmp_path / 'no.db'}: there is no such database; check the name\n")
        assert list(tmp_path.iterdir()) == []

    def test_a_database_becomes_items_for_another_backend(self, tmp_path: Path, other: Desk) -> None:
        database, file = tmp_path / "site.db", tmp_path / "items"
        with Backend(f"embedded:{database}") as backend:
            backend.login("admin", "admin")
            moving.put(backend, events=False)
        assert run("-b", f"embedded:{database}", "backup", "--portable", str(file)).code == 0
        assert run("-b", other.url, "restore", str(file)).code == 0
        assert differences(file.read_bytes(), backed_up(other)) == {}


@pytest.mark.parametrize("domains", [[], [{}], [None, 5, [], {"href": []}, {"href": "realm"}]])
def test_a_backend_that_lists_no_types_is_none(
    desk: Desk, a_backup: bytes, monkeypatch: pytest.MonkeyPatch, domains: list[Any]
) -> None:
    """The backup would be empty, a site without problems, and a backend to restore to empty, too."""
    monkeypatch.setattr(Backend, "get_domains", lambda _self: domains)
    desk.file(a_backup, "given.backup")
    for words in (["backup", "--portable", "new.backup"], ["check"], ["restore", "given.backup"]):
        ran = asked(desk, *words)
        assert (ran.code, ran.out) == (2, ""), ran
        assert ran.err == "The response does not list the types of a backend: is it one? Check the URL\n"
    assert desk.files() == {"given.backup"}
