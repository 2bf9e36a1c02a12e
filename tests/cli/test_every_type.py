"""Every type of the backend: list, add, get, update, delete, and a dump added to another backend."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from alignak_backend_client.model import public_resources
from alignak_backend_client.model.start_documents import START_NAMES
from cli.running import Desk, Item
from servers.provision import ServerUnavailableError
from servers.running import Kind, running_backend

NEEDED: dict[str, Item] = {
    "alignakdaemon": {
        "name": "d1",
        "address": "127.0.0.1",
        "port": 7770,
        "last_check": 1,
        "alive": True,
        "reachable": True,
        "passive": False,
        "spare": False,
        "type": "poller",
    },
    "alignak": {"name": "my-alignak"},
    "alignakretention": {"anything": {"is": ["possible"]}},
    "actionacknowledge": {"host": "base", "service": "base/s", "user": "admin", "comment": "x"},
    "actiondowntime": {
        "host": "base",
        "service": None,
        "user": "admin",
        "comment": "x",
        "start_time": 2_000_000_000,
        "end_time": 2_000_003_600,
    },
    "actionforcecheck": {"host": "base", "service": None, "user": "admin"},
    "grafana": {"address": "127.0.0.1", "apikey": "k"},
    "graphite": {"carbon_address": "c", "graphite_address": "g"},
    "history": {"type": "webui.comment", "host": "base", "message": "x"},
    "hostdependency": {"dependency_period": "24x7", "hosts": ["base"]},
    "influxdb": {"address": "a", "database": "d", "login": "l", "password": "p"},
    "livesynthesis": {"_realm": "Elsewhere"},
    "logcheckresult": {"host": "base", "state": "UP", "state_type": "HARD", "last_state_type": "HARD"},
    "servicedependency": {"dependency_period": "24x7", "services": ["base/s"]},
    "serviceescalation": {"users": ["admin"], "usergroups": ["All"]},
    "statsd": {"address": "a"},
    "userrestrictrole": {"user": "admin", "realm": "Elsewhere", "crud": ["read"], "resource": "host"},
}
"""The fields that a type needs besides a name, for the first item of it."""

CHANGE: dict[str, Item] = {
    "alignakretention": {"anything": 2},
    "alignakdaemon": {"port": 7771},
    "actionacknowledge": {"comment": "y"},
    "actiondowntime": {"comment": "y"},
    "actionforcecheck": {"comment": "y"},
    "history": {"message": "y"},
    "livesynthesis": {"hosts_total": 5},
    "logcheckresult": {"output": "y"},
    "userrestrictrole": {"crud": ["read", "update"]},
}

TYPES = tuple(public_resources())


@pytest.fixture(scope="module")
def desks(backend_kind: Kind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, Desk]]:
    """Two desks, whose backends hold the host base with the service s, and the realm Elsewhere."""
    with contextlib.ExitStack() as stack:
        found = []
        for name in ("source", "target"):
            try:
                url = stack.enter_context(running_backend(backend_kind)).url
            except ServerUnavailableError as error:
                pytest.skip(str(error))
            a_desk = Desk(url, tmp_path_factory.mktemp(name))
            stack.callback(a_desk.close)
            a_desk.ok("add", "base")
            a_desk.ok("-t", "service", "add", "base/s")
            a_desk.ok("-t", "realm", "add", "Elsewhere")
            found.append(a_desk)
        yield found[0], found[1]


def test_no_type_is_left_out(desks: tuple[Desk, Desk]) -> None:
    assert len(TYPES) == 27
    assert {child["href"] for child in desks[0].backend.get_domains()} == set(TYPES)


@pytest.mark.parametrize("kind", TYPES)
def test_the_life_of_an_item(desks: tuple[Desk, Desk], kind: str) -> None:
    source, target = desks
    resource = public_resources()[kind]
    name = "base/new" if kind == "service" else f"new-{kind}"
    data = source.file(NEEDED.get(kind, {}))
    before = {item["_id"] for item in source.items(kind)}

    # Add: by name where there is one, with the data that the type needs.
    words = [name] if resource.key else []
    assert source.ok("-c", "-t", kind, "-d", data, "add", *words).out
    assert {item["_id"] for item in source.items(kind)} == before
    source.ok("-t", kind, "-d", data, "add", *words)
    (identity,) = {item["_id"] for item in source.items(kind)} - before
    reference = name if resource.key else str(NEEDED.get(kind, {}).get("name", identity))
    volatile = {"_id", "_user"} if kind == "alignakretention" else set()

    # Get and list, with names for ids.
    ran = source.ok("-t", kind, "get", reference)
    path = source.folder / f"alignak-object-dump-{kind}-{reference.replace('/', '_')}.json"
    assert path.read_text(encoding="utf-8") == ran.out
    dump = source.load(path.name)
    assert not set(dump) & {"_created", "_updated", "_etag", "_links", "_status"}
    for field, wanted in NEEDED.get(kind, {}).items():
        assert dump[field] == wanted
    source.ok("-t", kind, "list")
    listed = source.load(f"alignak-object-list-{kind}s.json")
    assert dump in listed

    # Embedded: the linked items.
    source.ok("-e", "-t", kind, "get", reference)
    embedded = source.load(path.name)
    for field in set(resource.links) & set(dump):
        if isinstance(dump[field], str):
            assert isinstance(embedded[field], dict), field
            assert not any(key.startswith("_") and key != "_id" for key in embedded[field])

    # The dump, plain and embedded, is taken by another backend.
    for shape in (dump, embedded):
        there = {item["_id"] for item in target.items(kind)}
        target.ok("-t", kind, "-d", target.file(shape), "add")
        (new,) = {item["_id"] for item in target.items(kind)} - there
        assert new == identity
        target.ok("-t", kind, "get", reference)
        again = target.load(path.name)
        assert {k: v for k, v in again.items() if k not in volatile} == {
            k: v for k, v in dump.items() if k not in volatile
        }
        target.ok("-t", kind, "delete", reference)

    # Update: with its own dump nothing, then something.
    version = source.backend.get(f"{kind}/{identity}")["_etag"]
    source.ok("-t", kind, "-d", source.file(dump), "update", reference)
    assert source.backend.get(f"{kind}/{identity}")["_etag"] == version
    changes = CHANGE.get(kind, {"alias": "changed"} if "alias" in resource.fields else {"schema_version": 9})
    source.ok("-c", "-t", kind, "-d", source.file(changes), "update", reference)
    assert source.backend.get(f"{kind}/{identity}")["_etag"] == version
    source.ok("-t", kind, "-d", source.file(changes), "update", reference)
    after = source.backend.get(f"{kind}/{identity}")
    assert {field: after[field] for field in changes} == changes
    # ... and with all that is there.
    source.ok("-i", "-t", kind, "-d", source.file(changes), "update", reference)

    # Delete.
    source.ok("-c", "-t", kind, "delete", reference)
    assert source.backend.get(f"{kind}/{identity}")
    source.ok("-t", kind, "delete", reference)
    assert identity not in {item["_id"] for item in source.items(kind)}
    assert source.run("-t", kind, "delete", reference).code == 2
    assert source.run("-t", kind, "get", reference).code == 2


@pytest.mark.parametrize("kind", ["realm", "command", "service", "host", "history", "hostgroup"])
def test_delete_all_leaves_what_every_backend_has(desks: tuple[Desk, Desk], kind: str) -> None:
    # Nobody else uses the target's items.
    _, target = desks
    target.run("add", "base")
    target.run("-t", "service", "add", "base/s")
    target.run("-t", "realm", "add", "Elsewhere")
    for _ in range(1 if public_resources()[kind].key else 2):
        target.ok("-t", kind, "-d", target.file(NEEDED.get(kind, {})), "add", *_words(kind))
    count = len(target.items(kind))
    assert target.ok("-c", "-t", kind, "delete").out
    assert len(target.items(kind)) == count
    target.ok("-t", kind, "delete")
    assert {item.get("name") for item in target.items(kind)} == START_NAMES.get(kind, set())
    if kind == "host":
        assert [
            service for service in target.items("service") if service["host"] != target.item("host", "_dummy")
        ] == []


def _words(kind: str) -> list[str]:
    if kind == "service":
        return ["base/more"]
    return [f"more-{kind}"] if public_resources()[kind].key else []


def test_folder_is_where_files_are_written(desks: tuple[Desk, Desk], tmp_path: Path) -> None:
    desks[0].ok("-f", str(tmp_path), "-t", "command", "list")
    assert [path.name for path in tmp_path.iterdir()] == ["alignak-object-list-commands.json"]
