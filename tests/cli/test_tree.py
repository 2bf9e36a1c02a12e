"""Command `tree`: realms, templates, hosts and groups, what hangs on one of them, and cycles in the data."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import Any

import pytest

from alignak_backend_client.client import Backend
from alignak_backend_client.items.names import filters
from cli.monitored import state
from cli.running import run, spawn
from servers import misbehaving as m
from servers.provision import ServerUnavailableError
from servers.running import Kind, running_backend


@pytest.fixture(scope="module")
def grown(backend_kind: Kind) -> Iterator[str]:
    """The URL of a backend with some of everything; nothing changes it."""
    try:
        with running_backend(backend_kind) as running, Backend(running.url) as backend:
            assert backend.login("admin", "admin")
            _grow(backend)
            yield running.url
    except ServerUnavailableError as error:
        pytest.skip(str(error))


def _grow(backend: Backend) -> None:
    def post(resource: str, **item: Any) -> str:
        return str(backend.post(resource, item)["_id"])

    top = backend.get_all("realm")["_items"][0]["_id"]
    europe = post("realm", name="Europe", _parent=top)
    paris = post("realm", name="Paris", _parent=europe)
    post("realm", name="Asia", _parent=top)
    base = post("host", name="base", _is_template=True)
    post("service", name="ping", host=base, _is_template=True)
    linux = post("host", name="linux", _is_template=True, _templates=[base])
    web = post("host", name="webserver", _is_template=True, _templates=[base, linux])
    gate = post("host", _realm=europe, **state("gate", "UP"))
    front = post("host", _realm=paris, parents=[gate], _templates=[web], **state("front", "DOWN"))
    other = post("host", name="other", _realm=paris, parents=[gate])
    post("host", _realm=paris, parents=[front, other], **state("behind", "UNREACHABLE"))
    http = post("service", host=front, _realm=paris, **state("http", "CRITICAL"))
    user = post("user", name="bob", password="bob", _realm=top)
    inner = post("hostgroup", _realm=top, name="inner", hosts=[front])
    outer = post("hostgroup", _realm=top, name="outer", hosts=[gate], hostgroups=[inner])
    post("hostgroup", _realm=top, name="below", _parent=outer)
    post("servicegroup", _realm=top, name="sites", services=[http])
    post("usergroup", _realm=top, name="team", users=[user])


def drawn(ran: Any) -> list[str]:
    """The first column of a table, without its heading."""
    assert ran.code == 0, ran
    return [line[: ran.out.index("TYPE")].rstrip() for line in ran.out.splitlines()[1:]]


TREES: dict[str, list[str]] = {
    "realm": ["All", "├── Asia", "└── Europe", "    └── Paris"],
    "realm Europe": [
        "Europe", "├── gate", "└── Paris", "    ├── behind", "    ├── front", "    └── other"
    ],
    "template": ["_dummy", "base", "├── linux", "│   └── webserver", "└── webserver"],
    "template base": [
        "base", "├── base/ping", "├── linux", "│   └── webserver", "│       └── front", "└── webserver (see above)"
    ],
    "template linux": ["linux", "└── webserver", "    └── front"],
    "host": ["gate", "├── front", "│   └── behind", "└── other", "    └── behind"],
    "host gate": [
        "gate", "├── front", "│   └── behind", "└── other", "    └── behind"
    ],
    "host front": ["front", "├── behind", "├── front/http", "└── front/ping"],
    "host f* other": ["front", "├── behind", "├── front/http", "└── front/ping", "other", "└── behind"],
    "host gate front": [
        "gate", "├── front", "│   ├── behind", "│   ├── front/http", "│   └── front/ping", "└── other", "    └── behind"
    ],
    "realm Pa* Asia": ["Asia", "Paris", "├── behind", "├── front", "└── other"],
    "realm *": [
        "All", "├── Asia", "└── Europe", "    ├── gate", "    └── Paris", "        ├── behind", "        ├── front",
        "        └── other",
    ],
    "group": ["All", "├── inner", "└── outer", "    ├── below", "    └── inner"],
    "hostgroup outer": ["outer", "├── gate", "├── below", "└── inner", "    └── front"],
    "servicegroup sites": ["sites", "└── front/http"],
    "usergroup": ["All", "└── team"],
    "usergroup team": ["team", "└── bob"],
}  # fmt: skip


@pytest.mark.parametrize("words", TREES)
def test_trees(grown: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert drawn(run("-b", grown, "tree", *words.split())) == TREES[words]
    monkeypatch.setattr(filters, "IDS_IN_URL", 0)
    assert drawn(run("-b", grown, "tree", *words.split())) == TREES[words]


def test_json_is_nested(grown: str) -> None:
    found = json.loads(run("-b", grown, "tree", "host", "front", "-o", "json").out)
    behind, http, ping = found.pop("children")
    assert found == {"type": "host", "name": "front", "state": "DOWN", "again": False}
    assert behind == {"type": "host", "name": "behind", "state": "UNREACHABLE", "again": False, "children": []}
    assert (http["type"], http["name"], http["state"]) == ("service", "front/http", "CRITICAL")
    assert ping["state"] == "PENDING"
    several = json.loads(run("-b", grown, "tree", "host", "fr*", "-o", "json").out)
    assert [one["name"] for one in several] == ["front"]
    realms = json.loads(run("-b", grown, "tree", "realm", "-o", "json").out)
    assert [(one["name"], one["state"], len(one["children"])) for one in realms] == [("All", None, 2)]
    assert [one["name"] for one in realms[0]["children"][1]["children"]] == ["Paris"]
    again = json.loads(run("-b", grown, "tree", "template", "base", "-o", "json").out)["children"][-1]
    assert (again["name"], again["again"], again["children"]) == ("webserver", True, [])


def test_other_formats_are_rows(grown: str) -> None:
    ran = run("-b", grown, "tree", "realm", "-o", "csv", "--columns", "level,name")
    assert list(csv.reader(ran.out.splitlines()))[1:] == [["0", "All"], ["1", "Asia"], ["1", "Europe"], ["2", "Paris"]]
    assert run("-b", grown, "tree", "group", "outer", "-o", "name").out.split() == [
        "outer", "gate", "below", "inner", "front"
    ]  # fmt: skip
    first = run("-b", grown, "tree", "realm", "-o", "ndjson").out.splitlines()[0]
    assert json.loads(first) == {"level": 0, "type": "realm", "name": "All", "state": None, "again": False}


def test_signs_that_an_encoding_lacks(grown: str) -> None:
    ran = spawn("-b", grown, "tree", "realm", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert drawn(ran) == ["All", "|-- Asia", "`-- Europe", "    `-- Paris"]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["realm", "Pariss"], 2, "There is no realm 'Pariss': did you mean 'Paris'?"),
        (["template", "gate"], 2, "There is no template 'gate'"),
        (["host", "bse"], 2, "There is no host 'bse'"),
        (["usergroup", "x"], 2, "There is no usergroup 'x'"),
        (["relm"], 64, "Unknown kind 'relm': did you mean 'realm'?"),
        ([], 64, "Missing argument KIND: it is one of realm, template, host, group, "),
        (["realm", "Paris", "b"], 2, "There is no realm 'b'"),
        (["host", "gate", "x*"], 2, "No host matches 'x*'"),
        (["realm", "x*"], 2, "There is no realm 'x*'"),
    ],
)
def test_invalid_selections_are_reported(grown: str, words: list[str], code: int, message: str) -> None:
    ran = run("-b", grown, "tree", *words)
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.startswith(message)


def _served(items: list[dict[str, Any]]) -> m.Script:
    def answer(request: m.Request) -> m.Behaviour:
        return m.page(items if request.path.startswith("/realm") else [])

    return m.after_login(answer)


def test_realms_in_a_ring() -> None:
    ids = [f"{number:024x}" for number in range(3)]
    ring = [{"_id": one, "name": f"r{at}", "_parent": ids[at - 1]} for at, one in enumerate(ids)]
    with m.MisbehavingServer([_served(ring)]) as server:
        assert drawn(run("-b", server.url, "tree", "realm")) == ["r0", "r1", "r2"]
        assert drawn(run("-b", server.url, "tree", "realm", "r1")) == [
            "r1", "└── r2", "    └── r0", "        └── r1 (see above)"
        ]  # fmt: skip
        status = run("-b", server.url, "status", "-o", "name")
        assert (status.code, sorted(status.out.split())) == (0, ["r0", "r1", "r2"])


def test_a_tree_that_nests_deep_is_cut() -> None:
    ids = [f"{number:024x}" for number in range(150)]
    chain = [{"_id": one, "name": f"r{at}", "_parent": ids[at - 1] if at else None} for at, one in enumerate(ids)]
    with m.MisbehavingServer([_served(chain)]) as server:
        ran = run("-b", server.url, "tree", "realm", "r0", "-o", "json")
    node, depth = json.loads(ran.out), 0
    while node["children"]:
        (node,) = node["children"]
        depth += 1
    assert (depth, node["again"]) == (100, True)


def test_an_empty_tree_has_a_note() -> None:
    with m.MisbehavingServer([_served([])]) as server:
        ran = run("-b", server.url, "tree", "realm")
    assert (ran.code, ran.out, ran.err) == (0, "", "Nothing found that this user may read\n")
