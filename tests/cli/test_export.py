"""A backend as files: what differs from defaults and templates, the same each time, and enough to make it again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alignak_backend_client._core.pages import combine_items
from alignak_backend_client.cli.commands import export as export_command
from alignak_backend_client.client import Backend, Page
from alignak_backend_client.model.order import CREATION_ORDER
from alignak_backend_client.site.exporting import export
from alignak_backend_client.site.files import documents
from alignak_backend_client.site.files.folder import site_types
from alignak_backend_client.site.validating import validate_folder
from cli.running import Desk, Ran, contents, run


def exported(desk: Desk, name: str = "site", *options: str) -> Ran:
    return run("export", "-b", desk.url, str(desk.folder / name), *options)


def parsed(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """All items of a folder, by type."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(folder.rglob("*.yml")):
        for content in documents.parse(path.read_bytes()):
            for name, items in content.items():
                found.setdefault(name, []).extend(items)
    return found


def a_site(desk: Desk) -> None:
    """A site with templates of templates, services of templates and of hosts, groups, rights."""
    for resource, items in {
        "realm": [{"name": "Paris"}, {"name": "Nord", "_parent": "Paris"}],
        "timeperiod": [{"name": "day", "_realm": "All", "dateranges": [{"monday": "09:00-17:00"}]}],
        "command": [{"name": "ping", "_realm": "All", "command_line": "ping -H"}, {"name": "disk", "_realm": "Paris"}],
        "user": [{"name": "ops", "_realm": "Paris", "password": "hush", "email": "ops@example.org"}],
        "host": [
            {"name": "base", "_is_template": True, "check_command": "ping", "tags": ["b"], "customs": {"_A": "1"}},
            {"name": "web", "_is_template": True, "_templates": ["base"], "tags": ["w"], "check_interval": 7},
        ],
        "service": [
            {"name": "load", "host": "base", "_is_template": True, "check_command": "ping"},
            {"name": "disk", "host": "web", "_is_template": True, "check_command": "disk", "check_interval": 3},
        ],
    }.items():
        desk.ok("-t", resource, "-d", desk.file(items), "add")
    web = [
        {"name": f"web{n}", "_realm": "Paris", "_templates": ["web"], "alias": f"Web {n}", "tags": ["x"]}
        for n in (1, 2)
    ]
    desk.ok("-t", "host", "-d", desk.file(web), "add")
    desk.ok("-t", "service", "-d", desk.file([{"name": "disk", "host": "web1", "check_interval": 4}]), "update")
    desk.ok("-t", "service", "delete", "web2/load")
    desk.ok("-t", "service", "-d", desk.file([{"name": "own", "host": "web2", "_realm": "Paris"}]), "add")
    desk.ok("-t", "hostgroup", "-d", desk.file([{"name": "webs", "_realm": "All", "hosts": ["web2", "web1"]}]), "add")
    desk.ok("-t", "servicegroup", "-d", desk.file([{"name": "d", "_realm": "All", "services": ["web1/disk"]}]), "add")
    right = {"user": "ops", "realm": "Nord", "crud": ["update", "read"], "resource": "host"}
    desk.ok("-t", "userrestrictrole", "-d", desk.file([right]), "add")


def test_only_what_differs_is_written(fresh_desk: Desk) -> None:
    a_site(fresh_desk)
    ran = exported(fresh_desk)
    assert (ran.code, ran.err) == (0, "")
    folder = fresh_desk.folder / "site"
    found = contents(folder)
    assert set(found) == {
        "command.yml", "host/web1.yml", "host/web2.yml", "hostgroup.yml", "realm.yml", "servicegroup.yml",
        "template/host/base.yml", "template/host/web.yml", "timeperiod.yml", "user.yml",
    }  # fmt: skip
    assert parsed(folder)["command"] == [
        {"name": "disk", "_realm": "Paris"},
        {"name": "ping", "command_line": "ping -H"},
    ]
    assert documents.parse((folder / "host" / "web1.yml").read_bytes())[0]["host"] == [
        {
            "name": "web1",
            "_templates": ["web"],
            "alias": "Web 1",
            "tags": ["x"],
            "_realm": "Paris",
            "_services": [{"name": "disk", "check_interval": 4}],
        }
    ]
    (web2,) = documents.parse((folder / "host" / "web2.yml").read_bytes())[0]["host"]
    assert (web2["_without_services"], web2["_services"]) == (["load"], [{"name": "own"}])
    (user,) = parsed(folder)["user"]
    assert user.pop("_rights") == [
        {"realm": "Nord", "resource": "host", "crud": ["read", "update"]},
        {"realm": "Paris", "sub_realm": True},
    ]
    assert user == {"name": "ops", "email": "ops@example.org", "_realm": "Paris"}
    everything = "".join(found.values())
    assert not [
        secret for secret in ("hush", "pbkdf2", "_id", "_etag", "ls_", "imported_from", "24x7") if secret in everything
    ]
    assert validate_folder(folder).problems == []


def test_twice_is_the_same_and_files_that_say_the_same_stay(fresh_desk: Desk) -> None:
    a_site(fresh_desk)
    exported(fresh_desk)
    assert exported(fresh_desk, "again").code == 0
    folder = fresh_desk.folder / "site"
    assert contents(folder) == contents(fresh_desk.folder / "again")
    for file in ("command.yml", "host/web1.yml"):
        (folder / file).write_text(f"# ours\n{(folder / file).read_text()}")
    (folder / "site.yml").write_text("name: paris\n")
    fresh_desk.ok("-t", "host", "-d", fresh_desk.file({"notes": "n"}), "update", "web1")
    ran = exported(fresh_desk)
    assert "1 file written to" in ran.out
    assert "9 unchanged" in ran.out
    assert contents(folder)["command.yml"].startswith("# ours")
    assert contents(folder)["host/web1.yml"].startswith("# ours")
    assert '  notes: "n"\n' in contents(folder)["host/web1.yml"]


def test_obsolete_files_are_reported_and_kept(fresh_desk: Desk) -> None:
    a_site(fresh_desk)
    exported(fresh_desk)
    fresh_desk.ok("-t", "hostgroup", "delete", "webs")
    ran = exported(fresh_desk)
    assert ran.code == 0
    assert "Files whose items are not in the backend; delete what is obsolete: " in ran.err
    assert "hostgroup.yml\n" in ran.err
    assert (fresh_desk.folder / "site" / "hostgroup.yml").exists()


@pytest.mark.parametrize("name", ["mine.yml", "MINE.YAML"])
def test_a_folder_with_other_files_is_refused(fresh_desk: Desk, name: str) -> None:
    a_site(fresh_desk)
    (fresh_desk.folder / "site").mkdir()
    (fresh_desk.folder / "site" / name).write_text("host: []\n")
    ran = exported(fresh_desk)
    assert (ran.code, "was not written by export or import: choose an empty folder" in ran.err) == (2, True)
    assert [path.name for path in (fresh_desk.folder / "site").iterdir()] == [name]


def test_types_and_realms_are_chosen(fresh_desk: Desk) -> None:
    a_site(fresh_desk)
    assert exported(fresh_desk, "a", "-t", "command,host").code == 0
    assert set(parsed(fresh_desk.folder / "a")) == {"command", "host"}
    assert exported(fresh_desk, "b", "-t", "service").code == 0
    assert {(one["host"], one["name"]) for one in parsed(fresh_desk.folder / "b")["service"]} == {
        ("web1", "disk"), ("web2", "own"), ("base", "load"), ("web", "disk"),
    }  # fmt: skip
    assert exported(fresh_desk, "c", "--realm", "Paris").code == 0
    assert [one["name"] for one in parsed(fresh_desk.folder / "c")["realm"]] == ["Nord", "Paris"]
    assert [one["name"] for one in parsed(fresh_desk.folder / "c")["command"]] == ["disk"]
    assert exported(fresh_desk, "d", "--realm", "Nowhere").err == "There is no realm 'Nowhere'\n"
    assert exported(fresh_desk, "d", "-t", "hots").code == 64
    assert exported(fresh_desk, "d", "-t", "hots").err.startswith("Unknown type 'hots': did you mean 'host'?")


def test_removed_entries_are_reported_and_stay_when_only_a_realm_is_exported(fresh_desk: Desk) -> None:
    a_site(fresh_desk)
    exported(fresh_desk)
    folder = fresh_desk.folder / "site"
    ran = exported(fresh_desk, "site", "--realm", "Paris")
    message = f"'{folder}/command.yml' also has the command 'ping': choose another folder\n"
    assert (ran.code, ran.err) == (2, message)
    (folder / "command.yml").write_text(f"{contents(folder)['command.yml']}- name: mine\n- name: too\n")
    before = contents(folder)
    ran = exported(fresh_desk)
    assert "Removed from the files, since they are missing or not readable: command 'mine' and 1 more\n" in ran.err
    assert {file for file, text in contents(folder).items() if before[file] != text} == {"command.yml"}


def test_items_stay_in_the_files_where_they_are(fresh_desk: Desk) -> None:
    """Whoever splits and joins files may export again: otherwise each item would be there twice."""
    a_site(fresh_desk)
    exported(fresh_desk)
    folder = fresh_desk.folder / "site"
    (folder / "host" / "paris").mkdir()
    (folder / "host" / "web1.yml").rename(folder / "host" / "paris" / "first.yml")
    (folder / "host" / "web2.yml").write_text("# all\nhost:\n# second\n- name: web2\n")
    joined = "".join((folder / file).read_text() for file in ("command.yml", "hostgroup.yml", "timeperiod.yml"))
    for file in ("command.yml", "hostgroup.yml", "timeperiod.yml"):
        (folder / file).unlink()
    (folder / "rest.yml").write_text(f"# joined\n{joined}")
    (folder / "apart.yml").write_text("service:\n# of web2\n- name: own\n  host: web2\n")
    (folder / "user.yml").unlink()
    (folder / "users.json").write_text('{"user": [{"name": "ops"}]}')
    fresh_desk.ok("-t", "host", "-d", fresh_desk.file({"notes": "n"}), "update", "web1")
    fresh_desk.ok("-t", "command", "-d", fresh_desk.file({"notes": "n"}), "update", "ping")
    fresh_desk.ok("add", "new")
    ran = exported(fresh_desk)
    assert (ran.code, ran.err) == (0, "")
    assert set(contents(folder)) == {
        "apart.yml", "host/new.yml", "host/paris/first.yml", "host/web2.yml", "realm.yml", "rest.yml",
        "servicegroup.yml", "template/host/base.yml", "template/host/web.yml",
    }  # fmt: skip
    assert '  notes: "n"\n' in contents(folder)["host/paris/first.yml"]
    assert contents(folder)["rest.yml"].startswith("# joined\ncommand:\n")
    assert '  notes: "n"\n' in contents(folder)["rest.yml"]
    assert "# of web2\n- name: own\n  host: web2\n" in contents(folder)["apart.yml"]
    assert "own" not in contents(folder)["host/web2.yml"]
    assert "# second\n" in contents(folder)["host/web2.yml"]
    assert "_rights" in json.loads((folder / "users.json").read_text())["user"][0]
    assert validate_folder(folder).problems == []
    assert run("diff", "-b", fresh_desk.url, str(folder)).out.startswith("No differences")
    assert "0 files written" in exported(fresh_desk).out


def test_files_of_other_forms_keep_their_items(fresh_desk: Desk) -> None:
    """Several documents in a file, and an item that is no list."""
    a_site(fresh_desk)
    exported(fresh_desk)
    folder = fresh_desk.folder / "site"
    web1, web2 = ((folder / "host" / f"{name}.yml").read_text() for name in ("web1", "web2"))
    for name in ("web1", "web2"):
        (folder / "host" / f"{name}.yml").unlink()
    (folder / "host" / "both.yaml").write_text(f"{web1}---\n{web2}")
    (folder / "realm.yml").unlink()
    (folder / "nord.yml").write_text("realm: {name: Nord, _parent: Paris}\n")
    ran = exported(fresh_desk)
    assert (ran.code, ran.err) == (0, "")
    assert {path.name for path in (folder / "host").iterdir()} == {"both.yaml"}
    assert "Nord" not in contents(folder)["realm.yml"]
    assert (folder / "nord.yml").read_text() == "realm:\n- name: Nord\n  _parent: Paris\n"
    assert validate_folder(folder).problems == []
    assert run("diff", "-b", fresh_desk.url, str(folder)).out.startswith("No differences")


def test_items_of_other_types_stay_in_their_files(fresh_desk: Desk) -> None:
    a_site(fresh_desk)
    exported(fresh_desk)
    folder = fresh_desk.folder / "site"
    with (folder / "host" / "web1.yml").open("a") as file:
        file.write("command:\n- name: mine\n")
    fresh_desk.ok("-t", "host", "-d", fresh_desk.file({"notes": "n"}), "update", "web1")
    ran = exported(fresh_desk, "site", "-t", "host")
    assert (ran.code, ran.err) == (0, "")
    assert '  notes: "n"\n' in contents(folder)["host/web1.yml"]
    assert contents(folder)["host/web1.yml"].endswith("command:\n- name: mine\n")


def test_references_to_secrets_stay(fresh_desk: Desk) -> None:
    a_site(fresh_desk)
    exported(fresh_desk)
    users = fresh_desk.folder / "site" / "user.yml"
    before = users.read_text() + "  password: ${file:/run/secrets/ops}\n"
    users.write_text(before)
    assert "0 files written" in exported(fresh_desk).out
    fresh_desk.ok("-t", "user", "-d", fresh_desk.file({"notes": "n"}), "update", "ops")
    exported(fresh_desk)
    assert "  password: ${file:/run/secrets/ops}\n" in users.read_text()
    assert '  notes: "n"\n' in users.read_text()


def test_files_differ_in_more_than_case_and_have_names_for_every_system(fresh_desk: Desk) -> None:
    """Otherwise, some file systems would keep one of them only, or none."""
    names = ["Web", "web", "WEB", "a/b", ".hidden", "con", "NUL.example.com", "lpt1", "console", "com10"]
    fresh_desk.ok("-d", fresh_desk.file([{"name": name} for name in names]), "add")
    exported(fresh_desk)
    files = contents(fresh_desk.folder / "site")
    assert len({file.casefold() for file in files}) == len(names)
    assert {"host/WEB.yml", "host/console.yml", "host/com10.yml"} <= files.keys()
    assert not any("/." in file or "/con." in file or "/NUL." in file or "/lpt1." in file for file in files)
    assert {one["name"] for one in parsed(fresh_desk.folder / "site")["host"]} == set(names)


def test_a_backend_without_a_site_has_nothing_to_export(fresh_desk: Desk) -> None:
    ran = exported(fresh_desk)
    assert (ran.code, ran.err) == (2, "The backend has nothing to export except the items of a new backend\n")
    assert not (fresh_desk.folder / "site").exists()


class _WithoutHost(Backend):
    """A backend that has lost a host, as those of old releases do, and not its services."""

    def get_all(self, endpoint: str, params: Any = None) -> dict[str, Any]:
        found = super().get_all(endpoint, params)
        return {"_items": [item for item in found["_items"] if item.get("name") != "lost"]}

    def pages(self, endpoint: str, params: Any = None) -> Iterator[Page]:
        items = [item for page in super().pages(endpoint, params) for item in page.items()]
        yield combine_items([item for item in items if item["name"] != "lost"])


def test_services_without_a_host_are_skipped_with_a_note(tmp_path: Path) -> None:
    with _WithoutHost("embedded::memory:") as backend:
        backend.login("admin", "admin")
        realm = backend.get_all("realm")["_items"][0]["_id"]
        for name in ("lost", "kept"):
            host = backend.post("host", {"name": name, "_realm": realm})["_id"]
            backend.post("service", {"name": "load", "host": host, "_realm": realm})
        found = export(backend, tmp_path)
    assert [*export_command.notes(found, tmp_path)] == [
        "1 service without a name or a host: skipped, since only ids identify them",
        "Links to items that are missing or not readable: 1 skipped",
    ]
    assert set(contents(tmp_path)) == {"host/kept.yml"}


def test_items_with_the_same_name_are_reported_and_not_mixed_up(fresh_desk: Desk) -> None:
    fresh_desk.ok("-d", fresh_desk.file([{"name": "a"}, {"name": "a/b"}]), "add")
    services = [{"name": "b/c", "host": "a"}, {"name": "c", "host": "a/b"}, {"name": "own", "host": "a"}]
    fresh_desk.ok("-t", "service", "-d", fresh_desk.file(services), "add")
    ids = [item["_id"] for item in fresh_desk.items("service") if item["name"] != "own"]
    fresh_desk.ok("-t", "servicegroup", "-d", fresh_desk.file({"services": ids}), "add", "both")
    ran = exported(fresh_desk)
    assert (ran.code, ran.err.splitlines()) == (
        0,
        [
            "Several services are called 'a/b/c': left out, since only ids identify them; rename or delete one",
            "Links to items that are missing or not readable, or one of these: 2 skipped",
        ],
    )
    hosts = parsed(fresh_desk.folder / "site")["host"]
    assert hosts == [{"name": "a", "_services": [{"name": "own"}]}, {"name": "a/b"}]
    site = fresh_desk.folder / "site"
    (site / "more.yml").write_text("service: [{name: b/c, host: a, alias: new}]")
    for command in ("diff", "apply"):
        ran = run(command, "-b", fresh_desk.url, str(site), *(["--yes"] if command == "apply" else []))
        assert (ran.code, ran.out) == (2, "")
        assert ran.err == "The backend has several services called 'a/b/c': rename or delete all but one\n"
    assert [item for item in fresh_desk.items("service") if item["alias"] == "new"] == []


def test_start_documents_are_written_when_they_were_changed(fresh_desk: Desk) -> None:
    fresh_desk.ok("-t", "timeperiod", "-d", fresh_desk.file({"notes": "ours"}), "update", "24x7")
    assert exported(fresh_desk).code == 0
    assert parsed(fresh_desk.folder / "site") == {"timeperiod": [{"name": "24x7", "notes": "ours"}]}


def test_an_own_service_is_not_mistaken_for_one_of_a_template(fresh_desk: Desk) -> None:
    a_site(fresh_desk)
    fresh_desk.ok("-t", "service", "-d", fresh_desk.file([{"name": "load", "host": "web2", "_realm": "Paris"}]), "add")
    exported(fresh_desk)
    (web2,) = documents.parse((fresh_desk.folder / "site" / "host" / "web2.yml").read_bytes())[0]["host"]
    assert web2["_services"] == [{"name": "load", "_templates": []}, {"name": "own"}]
    assert "_without_services" not in web2


def test_an_export_makes_the_same_site_elsewhere(fresh_desks: Callable[[], Desk]) -> None:
    one, other = fresh_desks(), fresh_desks()
    a_site(one)
    load = {"name": "load", "host": "web2", "_templates": ["base/load"], "_templates_from_host_template": True}
    one.ok("-t", "service", "-d", one.file([load | {"_realm": "Paris", "check_interval": 2}]), "add")
    exported(one)
    items = parsed(one.folder / "site")
    for name in [name for name in CREATION_ORDER if name in items]:
        rights = [{"user": item["name"], **right} for item in items[name] for right in item.pop("_rights", ())]
        for item in items[name]:
            if "_realm" in site_types()[name].fields:
                item.setdefault("_realm", "All")
            for service in item.get("_services", ()):
                service.setdefault("_realm", item["_realm"])
        other.ok("-t", name, "-d", other.file(items[name]), "add")
        if rights:
            other.ok("-t", "userrestrictrole", "-d", other.file(rights), "add")
    assert exported(other).code == 0
    assert contents(other.folder / "site") == contents(one.folder / "site")


_WORDS = st.sampled_from(["a", "no", "1:30", "é", "x y", "12"])
_OWN = st.fixed_dictionaries(
    {},
    optional={
        "alias": _WORDS,
        "notes": _WORDS,
        "check_interval": st.integers(0, 9),
        "tags": st.lists(_WORDS, unique=True, max_size=3),
        "customs": st.dictionaries(st.sampled_from(["_A", "_B", "_C"]), _WORDS, max_size=3),
        "flap_detection_options": st.lists(st.sampled_from(["o", "d", "x"]), unique=True, max_size=3),
        "event_handler": st.none(),
    },
)


@pytest.mark.parametrize("url", ["embedded::memory:"])
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(own=st.lists(_OWN, min_size=4, max_size=4), change=_OWN)
def test_files_say_all_that_an_item_has(
    url: str, own: list[dict[str, Any]], change: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What the files say is sent to a second backend, with templates: it has the same values then."""
    values = []
    first: Path | None = None
    for _ in range(2):
        folder = tmp_path_factory.mktemp("site")
        with Backend(url) as backend:
            assert backend.login("admin", "admin")
            realm = backend.get_all("realm")["_items"][0]["_id"]
            if first is None:
                entries = [
                    {"name": f"h{n}", **fields, "_is_template": n < 3, "_templates": [f"h{m}" for m in range(n)][-2:]}
                    for n, fields in enumerate(own)
                ]
            else:
                entries = sorted(parsed(first)["host"], key=lambda one: str(one["name"]))
            ids: dict[str, str] = {}
            for entry in entries:
                whole = entry.pop("_unmerged", [])
                data = {**entry, "_realm": realm, "_templates": [ids[name] for name in entry.get("_templates", ())]}
                ids[entry["name"]] = backend.post("host", data)["_id"]
                changes = {name: entry[name] for name in whole}
                if first is None and entry["name"] == "h3":
                    changes = change
                if changes:
                    there = backend.get(f"host/{ids[entry['name']]}")
                    gone = {
                        key: None for key in there["customs"] if key not in changes.get("customs", there["customs"])
                    }
                    if gone:
                        changes = {**changes, "customs": {**changes["customs"], **gone}}
                    backend.patch(f"host/{there['_id']}", changes, headers={"If-Match": there["_etag"]})
            export(backend, folder)
            items = backend.get_all("host", {"where": json.dumps({"name": {"$ne": "_dummy"}}), "sort": "name"})[
                "_items"
            ]
            names = ("name", "alias", "notes", "check_interval", "customs", "event_handler")
            sets = ("tags", "flap_detection_options")
            values.append([{n: i[n] for n in names} | {n: sorted(i[n]) for n in sets} for i in items])
        if first is None:
            first = folder
    assert values[0] == values[1]
    assert first is not None
    assert contents(first) == contents(folder)
