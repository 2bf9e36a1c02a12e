"""What `list` and `get` write, `add` and `update` take back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from alignak_backend_client.model import public_resources, resources_by_name
from alignak_backend_client.model.order import CREATION_ORDER
from cli.running import Desk, Item

EXAMPLES = Path(__file__).parents[2] / "examples"

TYPES = [name for name in CREATION_ORDER if public_resources()[name].kind == "configuration"]
TYPES += ["alignak", "alignakdaemon"]

PACK = [
    ("command", "checks-pack-commands.json"),
    ("user", "checks-pack-users-templates.json"),
    ("host", "checks-pack-hosts-templates.json"),
    ("service", "checks-pack-services-templates.json"),
]


def install_pack(desk: Desk) -> None:
    for kind, name in PACK:
        desk.ok("-t", kind, "-d", str(EXAMPLES / name), "add")


def site(desk: Desk) -> None:
    """A site with something of everything."""
    install_pack(desk)

    def add(kind: str, *items: Item) -> None:
        desk.ok("-t", kind, "-d", desk.file(list(items)), "add")

    # Children before parents: the order is found.
    add(
        "realm",
        {"name": "Paris", "_parent": "France"},
        {"name": "France", "_parent": "Europe"},
        {"name": "Europe"},
        {"name": "Asia", "_parent": "All"},
    )
    add("timeperiod", {"name": "nights", "_realm": "Europe", "exclude": [], "dateranges": [{"monday": "00:00-08:00"}]})
    add("command", {"name": "check-it", "_realm": "All", "command_line": "$PLUGIN$/x"})
    add(
        "user",
        {"name": "jane", "_realm": "France", "password": "geheim-1", "_templates": ["windows-operator"]},
        {"name": "joe", "_realm": "All", "password": "geheim-2", "host_notification_commands": ["check-it"]},
    )
    add("usergroup", {"name": "ops", "users": ["jane", "joe"]}, {"name": "all-ops", "usergroups": ["ops"]})
    add("host", {"name": "router", "_realm": "Europe", "check_command": "check-it"})
    desk.ok("-T", "windows-passive-host", "add", "win-1")
    add(
        "host",
        {
            "name": "win-2",
            "_templates": ["windows-passive-host"],
            "_realm": "Paris",
            "parents": ["router", "win-1"],
            "alias": "Zweiter",
            "customs": {"_DISK_C_WARNING": "70"},
            "users": ["jane"],
            "usergroups": ["ops"],
            "location": {"type": "Point", "coordinates": [1.5, 2.5]},
        },
    )
    add(
        "service",
        {"name": "http", "host": "router", "check_command": "check-it", "check_command_args": "80"},
        {"name": "dns", "host": "router", "service_dependencies": ["router/http"]},
        {"name": "own", "host": "win-2", "_realm": "Paris"},
    )
    add(
        "hostgroup",
        {"name": "windows", "hosts": ["win-1", "win-2"]},
        {"name": "top", "hostgroups": ["windows", "sub"]},
        {"name": "sub", "_parent": "windows"},
    )
    add("servicegroup", {"name": "web", "services": ["router/http", "win-1/cpu"]})
    add("hostescalation", {"name": "esc", "hosts": ["router"], "users": ["jane"], "escalation_period": "nights"})
    add("serviceescalation", {"name": "sesc", "services": ["router/http"], "users": ["joe"], "usergroups": ["ops"]})
    add(
        "hostdependency",
        {"name": "hd", "hosts": ["router"], "dependent_hosts": ["win-1"], "dependency_period": "24x7"},
    )
    add(
        "servicedependency",
        {
            "name": "sd",
            "services": ["router/http"],
            "dependent_services": ["router/dns"],
            "dependency_period": "nights",
        },
    )
    desk.ok(
        "-t",
        "service",
        "-d",
        desk.file({"alias": "Changed on the host", "max_check_attempts": 7}),
        "update",
        "win-1/cpu",
    )
    desk.ok("-d", desk.file({"notes": "my own"}), "update", "win-1")


def dumps(desk: Desk, *options: str) -> dict[str, list[Item]]:
    """Dump every type, templates too; return what the files hold."""
    found: dict[str, list[Item]] = {}
    for kind in TYPES:
        desk.ok("list", "-t", kind, *options)
        found[kind] = desk.load(f"alignak-object-list-{kind}s.json")
        if kind in ("host", "service", "user"):
            desk.ok("list", "-m", "-t", kind, *options)
            found[f"{kind} templates"] = desk.load(f"alignak-model-list-{kind}s.json")
    return found


def restore(source: Desk, target: Desk) -> list[str]:
    """Add the dump files of one desk to the backend of another; return what was printed on errors."""
    errors = []
    for kind in TYPES:
        names = [f"alignak-object-list-{kind}s.json"]
        if kind in ("host", "service", "user"):
            names.insert(0, f"alignak-model-list-{kind}s.json")
        for name in names:
            ran = target.run("-t", kind, "-d", str(source.folder / name), "add")
            if ran.code:
                errors.append(f"{name}: {ran.err}")
    return errors


def _comparable(found: dict[str, list[Item]]) -> dict[str, dict[str, Item]]:
    """Dumps by type and name, without what two backends have of their own: ids, and the order of group members."""
    result: dict[str, dict[str, Item]] = {}
    for kind, items in found.items():
        result[kind] = {}
        for item in items:
            names = ("user", "realm", "resource") if kind == "userrestrictrole" else ("host", "name")
            key = "/".join(str(item.get(name)) for name in names)
            assert key not in result[kind], f"{kind} {key} stands twice"
            shown = {name: value for name, value in item.items() if name != "_id"}
            for name in ("hosts", "hostgroups", "services", "servicegroups", "users", "usergroups"):
                if kind.endswith("group") and name in shown:
                    shown[name] = sorted(shown[name])
            result[kind][key] = shown
    return result


@pytest.fixture
def two_sites(fresh_desks: Callable[[], Desk]) -> tuple[Desk, Desk]:
    """A desk with a site, and one with an empty backend."""
    source, target = fresh_desks(), fresh_desks()
    site(source)
    return source, target


def test_a_whole_site_moves_to_an_empty_backend(two_sites: tuple[Desk, Desk]) -> None:
    source, target = two_sites
    wanted = _comparable(dumps(source))
    assert restore(source, target) == []
    assert _comparable(dumps(target)) == wanted
    # Ids are kept where the backend has not made the item itself.
    assert source.item("host", "win-2")["_id"] == target.item("host", "win-2")["_id"]
    assert source.item("realm", "Paris")["_level"] == target.item("realm", "Paris")["_level"] == 3

    # Generated services follow their templates still; what was changed on the host does not.
    cpu = target.item("service", "cpu", _is_template=True)
    target.ok(
        "-t", "service", "-d", target.file({"alias": "New", "notes": "New"}), "update", "windows-passive-host/cpu"
    )
    first, second = target.items("service", name="cpu", _is_template=False, _templates=cpu["_id"])
    assert {first["notes"], second["notes"]} == {"New"}
    assert {first["alias"], second["alias"]} == {"New", "Changed on the host"}

    # A second time everything is there: nothing is added, doubled or changed.
    before = target.everything()
    errors = restore(source, target)
    assert all("it already exists" in error for error in errors), errors
    after = target.everything()
    assert {kind: len(items) for kind, items in after.items()} == {kind: len(items) for kind, items in before.items()}


def test_a_whole_site_moves_with_embedded_dumps(two_sites: tuple[Desk, Desk]) -> None:
    source, target = two_sites
    wanted = _comparable(dumps(source))
    embedded = dumps(source, "-e")
    assert isinstance(next(host for host in embedded["host"] if host["name"] == "win-2")["_realm"], dict)
    assert restore(source, target) == []
    assert _comparable(dumps(target)) == wanted


def test_update_with_dumps_changes_nothing(fresh_desk: Desk) -> None:
    site(fresh_desk)
    dumps(fresh_desk)
    before = fresh_desk.everything()
    for path in sorted(fresh_desk.folder.glob("alignak-*.json")):
        kind = path.stem.rsplit("-", 1)[1].removesuffix("s")
        ran = fresh_desk.ok("-t", kind, "-d", path.name, "update")
        assert ran.out.splitlines()[-1].startswith(f"{resources_by_name()[kind].format_count(0)} updated")
    assert fresh_desk.everything() == before


def test_an_edited_dump_changes_what_was_edited_and_the_item_keeps_it(fresh_desk: Desk) -> None:
    install_pack(fresh_desk)
    fresh_desk.ok("-T", "windows-passive-host", "add", "win-1")
    fresh_desk.ok("get", "win-1")
    dump = fresh_desk.load("alignak-object-dump-host-win-1.json")
    followed = set(dump["_template_fields"])
    assert "notes" in followed
    fresh_desk.ok("-d", fresh_desk.file(dump | {"notes": "mine"}), "update", "win-1")
    host = fresh_desk.item("host", "win-1")
    assert host["notes"] == "mine"
    assert set(host["_template_fields"]) == followed - {"notes"}
    fresh_desk.ok("-d", fresh_desk.file({"notes": "of the template"}), "update", "windows-passive-host")
    assert fresh_desk.item("host", "win-1")["notes"] == "mine"


@pytest.mark.parametrize("options", [[], ["-e"]])
def test_a_host_with_its_services_is_added_back(fresh_desk: Desk, options: list[str]) -> None:
    install_pack(fresh_desk)
    fresh_desk.ok("-T", "windows-passive-host", "add", "win-1")
    fresh_desk.ok("-t", "service", "-d", fresh_desk.file({"notes": "changed"}), "update", "win-1/cpu")
    fresh_desk.ok("-t", "service", "add", "win-1/own")
    fresh_desk.ok(*options, "get", "win-1/*")
    name = "alignak-object-dump-host-win-1.json"
    dump = fresh_desk.load(name)
    assert len(dump["_services"]) == 13
    before = {s["name"]: (s["notes"], sorted(s["_template_fields"])) for s in _services(fresh_desk)}
    assert before["cpu"][0] == "changed"

    fresh_desk.ok("delete", "win-1")
    assert "with 13 services" in fresh_desk.ok("-c", "-v", "-d", name, "add").err
    assert fresh_desk.items("host", name="win-1") == []
    fresh_desk.ok("-d", name, "add")
    assert {s["name"]: (s["notes"], sorted(s["_template_fields"])) for s in _services(fresh_desk)} == before

    fresh_desk.ok("-t", "service", "-d", fresh_desk.file({"notes": "again"}), "update", "win-1/own")
    fresh_desk.ok("-d", name, "update", "win-1")
    assert {s["name"]: (s["notes"], sorted(s["_template_fields"])) for s in _services(fresh_desk)} == before


def _services(desk: Desk) -> list[Item]:
    return desk.items("service", host=desk.item("host", "win-1")["_id"])


def test_links_of_an_item_made_from_a_template_have_no_duplicates(desk: Desk, request: pytest.FixtureRequest) -> None:
    template, host = f"t-{request.node.name}", f"h-{request.node.name}"
    desk.ok("-d", desk.file({"_is_template": True, "usergroups": ["All"], "tags": ["a"]}), "add", template)
    desk.ok("-T", template, "-d", desk.file({"usergroups": ["All"], "users": ["admin"], "tags": ["b"]}), "add", host)
    item = desk.item("host", host)
    assert len(item["usergroups"]) == len(item["users"]) == 1
    assert item["tags"] == ["a", "b"]
    assert "usergroups" in item["_template_fields"]
    desk.ok("delete", host)
    desk.ok("delete", template)
