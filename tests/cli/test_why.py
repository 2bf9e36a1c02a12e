"""Command ``why``: where the values of an item come from, on any backend."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
from typing import Any

import pytest

from alignak_backend_client.items.names.catalog import Catalog
from alignak_backend_client.items.query.origins import find_origins, read_ancestry
from alignak_backend_client.model import resources_by_name
from cli.running import Desk, Ran, run, unique
from servers.running import Kind

Rows = dict[str, dict[str, Any]]


def template(desk: Desk, kind: str = "host", **fields: Any) -> str:
    """Add a template, and return its name."""
    return added(desk, kind, _is_template=True, **fields)


def added(desk: Desk, kind: str = "host", **fields: Any) -> str:
    """Add an item, and return its name."""
    fields = {"name": unique("why"), **fields}
    desk.ok("-t", kind, "-d", desk.file(fields), "add")
    return str(fields["name"])


def changed(desk: Desk, name: str, kind: str = "host", **fields: Any) -> None:
    """Change an item as a program does, without any help of the command."""
    item = desk.item(kind, name)
    desk.backend.patch(f"{kind}/{item['_id']}", fields, headers={"If-Match": item["_etag"]})


def why(desk: Desk, *words: str) -> Rows:
    """The output of the command, by field."""
    ran = asked(desk, *words, "-o", "json")
    assert ran.code == 0, ran
    return {row["field"]: row for row in json.loads(ran.out)}


def asked(desk: Desk, *words: str) -> Ran:
    return run("-b", desk.url, "why", *words)


def origin(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["value"], row["source"], row["templates"]


def test_the_source_of_each_value_is_shown(desk: Desk) -> None:
    above = template(desk, check_interval=7, notes="of the template", check_command="_echo")
    host = added(desk, _templates=[above], address="192.0.2.1", notes="own")
    rows = why(desk, host)
    assert origin(rows["address"]) == ("192.0.2.1", "own", [above])
    assert origin(rows["check_interval"]) == (7, "template", [above])
    assert origin(rows["check_command"]) == ("_echo", "template", [above])
    assert origin(rows["name"])[:2] == (host, "own")
    assert (*origin(rows["notes"]), rows["notes"]["without"]) == ("own", "own", [above], "of the template")
    assert rows["_templates"]["value"] == [above]
    assert not {"retry_interval", "ls_state", "_template_fields"} & rows.keys()
    assert not [row["note"] for row in rows.values() if row["note"]]
    whole = why(desk, host, "--all")
    assert list(whole) == list(resources_by_name()["host"].fields)
    assert origin(whole["retry_interval"])[1:] == ("default", [above])
    assert [whole[name]["source"] for name in ("ls_state", "_overall_state_id", "_template_fields")] == [
        "monitoring",
        "monitoring",
        "backend",
    ]


def test_an_item_without_templates(desk: Desk) -> None:
    host = added(desk, check_interval=7, check_command="_echo")
    rows = why(desk, host, "--all")
    assert [rows[name]["source"] for name in ("check_interval", "check_command", "alias", "max_check_attempts")] == [
        "own",
        "own",
        "default",
        "default",
    ]
    assert rows["check_interval"]["without"] is None
    plain = added(desk)
    assert why(desk, plain, "check_command", "alias")["check_command"]["source"] == "default"
    realm = added(desk, "realm", notes="here")
    rows = why(desk, "-t", "realms", realm, "--all")
    assert [rows[name]["source"] for name in ("notes", "_level", "default")] == ["own", "backend", "default"]


def test_a_chain_of_templates_ends_where_the_value_was_set(desk: Desk) -> None:
    top = template(desk, check_interval=7, retry_interval=3)
    middle = template(desk, _templates=[top], retry_interval=4)
    host = added(desk, _templates=[middle])
    rows = why(desk, host)
    assert origin(rows["check_interval"]) == (7, "template", [middle, top])
    assert origin(rows["retry_interval"]) == (4, "template", [middle])
    assert origin(why(desk, middle)["retry_interval"]) == (4, "own", [top])


def test_of_several_templates_the_last_wins_and_the_others_are_named(desk: Desk) -> None:
    first, second = template(desk, check_interval=7, retry_interval=3), template(desk, retry_interval=4)
    host = added(desk, _templates=[first, second])
    rows = why(desk, host)
    assert origin(rows["retry_interval"]) == (4, "template", [second])
    assert rows["retry_interval"]["overruled"] == {first: 3}
    given = template(desk, max_check_attempts=4)
    rows |= why(desk, added(desk, _templates=[first, given]), "max_check_attempts")
    assert rows["max_check_attempts"]["overruled"] == {}, "a default is nothing that somebody said"
    # The default of the second one wins, too: this is what surprises people.
    assert origin(rows["check_interval"]) == (5, "default", [second])
    assert rows["check_interval"]["note"] == f"{first} has 7, but a later template takes precedence"


def test_merged_fields_show_own_and_inherited_parts(desk: Desk) -> None:
    top = template(desk, tags=["top"], customs={"_A": "1", "_B": "1"})
    middle = template(desk, _templates=[top], tags=["middle"])
    host = added(desk, _templates=[middle], tags=["own"], customs={"_B": "2"})
    rows = why(desk, host)
    assert set(rows["tags"]["value"]) == {"top", "middle", "own"}
    assert origin(rows["tags"])[1:] == ("merged", [middle, top])
    assert set(rows["tags"]["without"]) == {"top", "middle"}
    assert origin(rows["customs"]) == ({"_A": "1", "_B": "2"}, "merged", [top])
    assert rows["customs"]["without"] == {"_A": "1", "_B": "1"}
    assert not rows["customs"]["outdated"]
    follower = added(desk, _templates=[middle])
    rows = why(desk, follower, "tags", "customs", "users")
    assert origin(rows["tags"])[1:] == ("template", [middle, top])
    assert origin(rows["users"]) == ([], "default", [])
    alone = added(desk, _templates=[template(desk)], tags=["own"])
    assert origin(why(desk, alone)["tags"]) == (["own"], "own", [])


def test_other_templates_later_leave_what_was_copied_before(desk: Desk, backend_kind: Kind) -> None:
    before, after = template(desk, check_interval=7, tags=["b"]), template(desk, check_interval=8, tags=["a"])
    host = added(desk, _templates=[before])
    changed(desk, host, _templates=[desk.item("host", after)["_id"]])
    row = why(desk, host, "check_interval")["check_interval"]
    assert (row["value"], row["outdated"], row["now"]) == (7, True, 8)
    assert row["note"] == f"{after} now has 8"
    row = why(desk, host, "tags")["tags"]
    behind = backend_kind.startswith("real")
    assert (*origin(row), row["outdated"]) == (
        (["b"], "own", [], True) if behind else (["a"], "template", [after], False)
    )
    changed(desk, host, _templates=[])
    assert origin(why(desk, host, "check_interval")["check_interval"]) == (7, "own", [])


def test_parts_that_an_item_leaves_out_of_what_its_templates_give(desk: Desk) -> None:
    above = template(desk, tags=["a", "b"])
    host = added(desk, _templates=[above])
    changed(desk, host, tags=["b"])
    row = why(desk, host)["tags"]
    assert (*origin(row), row["outdated"], row["now"]) == (["b"], "template", [above], True, ["a", "b"])
    assert row["note"] == 'its templates have ["a", "b"]: not all of it was inherited'
    changed(desk, host, tags=[])
    row = why(desk, host)["tags"]
    assert (*origin(row), row["outdated"]) == ([], "template", [], True)


def test_changes_of_a_template_two_levels_up(desk: Desk, backend_kind: Kind) -> None:
    top = template(desk, check_interval=7)
    middle = template(desk, _templates=[top])
    host = added(desk, _templates=[middle])
    changed(desk, top, check_interval=9)
    row = why(desk, host, "check_interval")["check_interval"]
    assert row["templates"] == [middle, top]
    # The Alignak backend passes changes on by one level.
    behind = backend_kind.startswith("real")
    assert (row["value"], row["outdated"]) == ((7, True) if behind else (9, False))
    assert row["note"] == (f"{top} now has 9" if behind else "")


def test_a_template_does_not_say_whether_it_was_given_a_value(desk: Desk) -> None:
    top = template(desk, check_interval=7)
    middle = template(desk, _templates=[top])
    changed(desk, middle, check_interval=8)
    row = why(desk, middle, "check_interval")["check_interval"]
    assert (*origin(row), row["without"], row["outdated"]) == (8, "own", [top], 7, True)
    assert row["note"] == f"set here, or inherited before {top} changed"
    host = added(desk, _templates=[middle])
    assert origin(why(desk, host, "check_interval")["check_interval"]) == (8, "template", [middle])


def test_services_are_found_by_host_and_name_and_follow_their_template(desk: Desk) -> None:
    above = template(desk)
    desk.ok("-t", "service", "-d", desk.file({"_is_template": True, "name": "cpu", "host": above, "notes": "x"}), "add")
    host = added(desk, _templates=[above])
    for words in ([f"{host}/cpu"], ["-t", "service", f"{host}/cpu"], ["-t", "services", f"{host}/cpu"]):
        rows = why(desk, *words)
        assert origin(rows["notes"]) == ("x", "template", [f"{above}/cpu"])
        assert origin(rows["name"]) == ("cpu", "template", [f"{above}/cpu"])
        assert origin(rows["host"]) == (host, "own", [])
    ran = asked(desk, "-t", "service", "cpu")
    assert ran.code == 2
    assert f"{host}/cpu" in ran.err
    slash = added(desk, name=f"{host}/cpu-host", notes="a host")
    assert why(desk, slash)["notes"]["value"] == "a host"


def test_users_hide_their_secrets(desk: Desk) -> None:
    above = template(desk, "user", email="a@example.org", password=unique("secret"))
    user = added(desk, "user", _templates=[above], password=unique("secret"))
    rows = why(desk, "-t", "user", user, "--all")
    assert origin(rows["email"]) == ("a@example.org", "template", [above])
    assert not {"password", "token"} & rows.keys()
    ran = asked(desk, "-t", "user", user, "password")
    assert (ran.code, ran.err.splitlines()[0]) == (
        64,
        "The field 'password' of users is a secret, which is never shown",
    )


def test_missing_templates_are_reported(desk: Desk) -> None:
    above = template(desk, check_interval=7)
    host = added(desk, _templates=[above])
    identity = desk.item("host", above)["_id"]
    desk.ok("delete", above)
    ran = asked(desk, host, "check_interval")
    assert f"Templates that do not exist, or that you may not read: {identity}" in ran.err
    assert ran.out.splitlines()[1].split(None, 3) == [
        "check_interval",
        "7",
        "template",
        "-          inherited from a template that the item no longer uses",
    ]


def test_templates_in_a_circle_end(desk: Desk) -> None:
    one = template(desk, check_interval=7)
    other = template(desk, _templates=[one])
    host = added(desk, _templates=[other])
    item = desk.item("host", one)
    circle = {**item, "_templates": [desk.item("host", other)["_id"]], "_template_fields": ["check_interval", "tags"]}
    real = desk.backend
    ancestry = read_ancestry(
        _Instead(real, circle),  # type: ignore[arg-type]  # a backend that has let a circle in
        Catalog(real),
        resources_by_name()["host"],
        desk.item("host", host),
        ["check_interval", "tags"],
    )
    rows = list(find_origins(resources_by_name()["host"], ancestry, ["check_interval", "tags"]))
    assert rows[0].templates == (other, one)


class _Instead:
    """A backend that has another version of an item."""

    def __init__(self, backend: Any, item: dict[str, Any]) -> None:
        self._backend, self._item = backend, item

    def get_all(self, *arguments: Any) -> Any:
        found = self._backend.get_all(*arguments)
        found["_items"] = [self._item if one["_id"] == self._item["_id"] else one for one in found["_items"]]
        return found


def test_output_for_people_and_programs(desk: Desk) -> None:
    above = template(desk, check_interval=7)
    host = added(desk, _templates=[above], notes="\x1b[31mred")
    ran = asked(desk, host)
    assert ran.out.splitlines()[0].split() == ["FIELD", "VALUE", "SOURCE", "TEMPLATES"], "no column is empty"
    own = added(desk, _templates=[above], check_interval=8)
    assert asked(desk, own).out.splitlines()[0].split() == ["FIELD", "VALUE", "SOURCE", "TEMPLATES", "WITHOUT"]
    same = added(desk, _templates=[above], check_interval=7)
    assert "same value as in its template" in asked(desk, same).out
    assert "\x1b" not in ran.out
    assert "more fields have default values, or are set by the backend or the monitoring (--all)" in ran.err
    (row,) = csv.DictReader(io.StringIO(asked(desk, host, "check_interval", "-o", "csv").out))
    assert row == {
        "field": "check_interval",
        "value": "7",
        "source": "template",
        "templates": f'["{above}"]',
        "without": "",
        "note": "",
        "now": "7",
        "outdated": "false",
    }
    assert asked(desk, host, "alias", "notes", "alias", "-o", "name").out == "alias\nnotes\n"
    assert asked(desk, host, "customs._OS", "--columns", "field", "--no-headers").out == "customs\n"


@pytest.mark.parametrize(
    ("words", "code", "problem"),
    [
        (["nobody-here"], 2, "There is no host 'nobody-here'"),
        (["nobody-here/cpu"], 2, "There is no service 'nobody-here/cpu': there is no host 'nobody-here'"),
        (["_dumy"], 2, "There is no host '_dumy': did you mean '_dummy'?"),
        (["-t", "timeperiod", "24x"], 2, "There is no timeperiod '24x': did you mean '24x7'?"),
        (["_dummy", "check_intervall"], 64, "Hosts have no field 'check_intervall': did you mean 'check_interval'?"),
        (["_dummy", "check_command.name"], 64, "'check_command.name' is not a field of the item itself"),
        (["_dummy", "_etag"], 64, "'_etag' is not a field of the item itself"),
        (["-t", "hots", "_dummy"], 64, "Unknown type 'hots': did you mean 'host'?"),
        ([], 64, "Missing argument NAME"),
    ],
)
def test_missing_items_and_fields(desk: Desk, words: list[str], code: int, problem: str) -> None:
    ran = asked(desk, *words)
    assert (ran.code, ran.out, ran.err.splitlines()[0]) == (code, "", problem)


def test_examples_of_the_help_run(fresh_desk: Desk) -> None:
    fresh_desk.ok("add", "web-01")
    fresh_desk.ok("-t", "service", "add", "web-01/http")
    fresh_desk.ok("-t", "user", "add", "alice")
    lines = re.findall(r"^  alignak-backend-cli (why.*)$", asked(fresh_desk, "-h").out, re.MULTILINE)
    assert len(lines) == 3
    for line in lines:
        ran = run("-b", fresh_desk.url, *shlex.split(line))
        assert ran.code == 0, ran
        assert ran.out
