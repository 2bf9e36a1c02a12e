"""Random configurations: what the files of the site give each item is what the files that were read give it."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alignak_backend_client.site.cfg.importing import import_files
from alignak_backend_client.site.planning.desired import DesiredState
from alignak_backend_client.site.reading import BackendItems
from alignak_backend_client.site.validating import validate_folder

Attributes = dict[str, str]

_CONTACTS = ("x", "y", "z")
_lists = st.lists(st.sampled_from(_CONTACTS), min_size=1, max_size=3, unique=True).map(",".join)
_ATTRIBUTES = st.fixed_dictionaries(
    {},
    optional={
        "notes": st.sampled_from(["a", "b c", "null", "1:30", "no"]),
        "check_interval": st.sampled_from(["0", "3", "5", "null"]),
        "retry_interval": st.sampled_from(["0", "2", "null"]),
        "contacts": st.one_of(_lists, _lists.map("+{}".format), st.just("null")),
        "check_command": st.sampled_from(["c", "c!1!2", "d!\\!", "null"]),
        "check_period": st.sampled_from(["p", "null"]),
        "notification_options": st.sampled_from(["r", "r,f", "n", "null"]),
        "_a": st.sampled_from(["1", "2", "null"]),
        "_B": st.sampled_from(["1", "null"]),
    },
)


@st.composite
def _configurations(draw: st.DrawFn) -> list[tuple[str, Attributes]]:
    """Templates of templates of hosts and services, hosts, and services on them."""
    found: list[tuple[str, Attributes]] = []
    for kind in ("host", "service"):
        for number in range(4):
            use = draw(st.lists(st.sampled_from(range(number)), unique=True, max_size=2)) if number else []
            found.append((kind, {**draw(_ATTRIBUTES), "name": f"t{number}", "register": "0", **_use(use)}))
    for number in range(2):
        use = draw(st.lists(st.sampled_from(range(4)), unique=True, max_size=3))
        found.append(("host", {**draw(_ATTRIBUTES), "host_name": f"h{number}", **_use(use)}))
    for number in range(2):
        use = draw(st.lists(st.sampled_from(range(4)), unique=True, max_size=3))
        where = draw(st.sampled_from(["h0", "h0,h1", "*", "*,!h0"]))
        placed = {"host_name": where, "service_description": f"s{number}"}
        found.append(("service", {**draw(_ATTRIBUTES), **placed, **_use(use)}))
    if draw(st.booleans()):
        attached = {"host_name": "t0", "service_description": "s1", "register": "0"}
        found.append(("service", {**draw(_ATTRIBUTES), **attached, **_use([3])}))
    return draw(st.permutations(found))


def _use(numbers: list[int]) -> Attributes:
    return {"use": ",".join(f"t{number}" for number in numbers)} if numbers else {}


BASE = "".join(
    f"define {kind} {{\n{kind}_name {name}\n{more}}}\n"
    for kind, name, more in (
        *(("contact", name, "") for name in _CONTACTS),
        ("command", "c", "command_line c\n"),
        ("command", "d", "command_line d\n"),
        ("timeperiod", "p", "monday 00:00-24:00\n"),
    )
)


class Reference:
    """Inheritance as the manuals describe it, once more."""

    def __init__(self, definitions: list[tuple[str, Attributes]]) -> None:
        self._templates = {(kind, one["name"]): one for kind, one in definitions if "name" in one}

    def of(self, kind: str, definition: Attributes, attribute: str) -> str | None:
        """The value of an attribute; an empty text for null, None where nothing says it."""
        found = self._of(kind, definition, attribute)
        return None if found is None else ",".join(found[0])

    def _of(self, kind: str, definition: Attributes, attribute: str) -> tuple[list[str], bool] | None:
        """The parts of a value, and whether more is to be added."""
        own = definition.get(attribute)
        parts, adds = ([] if own in (None, "null") else (own or "").removeprefix("+").split(","), True)
        if own is not None and not own.startswith("+"):
            return parts, False
        is_there = own is not None
        for name in definition.get("use", "").split(","):
            above = self._of(kind, self._templates[kind, name], attribute) if name and adds else None
            if above is not None:
                parts, adds, is_there = [*parts, *above[0]], above[1], True
        return (parts, adds) if is_there else None

    def fields(self, kind: str, definition: Attributes) -> dict[str, Any]:
        """Fields of the backend."""

        def of(attribute: str) -> str | None:
            return self.of(kind, definition, attribute)

        command, _, args = (of("check_command") or "").partition("!")
        options = of("notification_options")
        plain = ["d", "x", "r", "f", "s"] if kind == "host" else ["w", "u", "c", "r", "f", "s", "x"]
        return {
            "notes": of("notes") or "",
            "check_interval": int(of("check_interval") or 5),
            "retry_interval": int(of("retry_interval") or 1),
            "notification_interval": 30,
            "users": set((of("contacts") or "").split(",")) - {""},
            "check_command": command or ("_internal_host_up" if kind == "host" else "_echo"),
            "check_command_args": args,
            "check_period": of("check_period") or "24x7",
            "notification_options": set(options.split(",")) if options else set(plain),
            "customs": {name.upper(): value for name in ("_a", "_B") if (value := of(name))},
        }


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_configurations())
def test_each_item_has_in_the_end_what_the_files_say(
    tmp_path_factory: pytest.TempPathFactory, definitions: list[tuple[str, Attributes]]
) -> None:
    folder = tmp_path_factory.mktemp("random")
    text = BASE + "".join(
        f"define {kind} {{\n{''.join(f'{name} {value}{chr(10)}' for name, value in one.items())}}}\n"
        for kind, one in definitions
    )
    (folder / "x.cfg").write_text(text, encoding="utf-8")
    found = import_files([folder / "x.cfg"], folder / "site")
    assert [one for one in found.findings if one.kind != "changed"] == []
    judged = validate_folder(folder / "site")
    assert judged.problems == []
    items = DesiredState(judged.site, BackendItems(), {}).items
    reference = Reference(definitions)
    expected: dict[tuple[str, str], dict[str, Any]] = {}
    hosts = {one["host_name"]: one for kind, one in definitions if kind == "host" and "host_name" in one}
    for name, host in hosts.items():
        expected["host", name] = reference.fields("host", host)
    for kind, one in definitions:
        if kind == "service" and "host_name" in one:
            for name in _meant(one, hosts, definitions):
                fields = reference.fields("service", one)
                if reference.of("service", one, "contacts") is None:
                    fields["users"] = expected["host", name]["users"]
                if one.get("register") != "0" or ("service", f"{name}/s1") not in expected:
                    expected["service", f"{name}/{one['service_description']}"] = fields
    for (kind, name), fields in expected.items():
        whole = items[kind][name].whole
        actual = {field: whole.get(field) for field in fields}
        actual["check_period"] = actual["check_period"] or "24x7"
        actual = {
            field: set(actual[field] or ()) if isinstance(fields[field], set) else actual[field] for field in fields
        }
        assert actual == fields, (kind, name, text)
    real = {full for full, one in items["service"].items() if not one.whole.get("_is_template")}
    assert real == {name for kind, name in expected if kind == "service"}


def _meant(one: Attributes, hosts: dict[str, Attributes], definitions: list[tuple[str, Attributes]]) -> list[str]:
    if one.get("register") == "0":  # of the template t0
        uses = {d.get("name") or d["host_name"]: d.get("use", "").split(",") for k, d in definitions if k == "host"}
        return [name for name in hosts if "t0" in _closure(name, uses)]
    words = one["host_name"].split(",")
    less = {word[1:] for word in words if word.startswith("!")}
    return [name for name in hosts if (name in words or "*" in words) and name not in less]


def _closure(name: str, uses: dict[str, list[str]]) -> set[str]:
    return set(itertools.chain([name], *(_closure(one, uses) for one in uses.get(name, ()) if one)))


def test_the_files_do_not_depend_on_the_folder(tmp_path: Path) -> None:
    text = BASE + "define host {\nhost_name h\nuse t\n}\ndefine host {\nname t\nregister 0\ncontacts z,x,y\n}\n"
    (tmp_path / "x.cfg").write_text(text)
    for name in ("a", "b"):
        import_files([tmp_path / "x.cfg"], tmp_path / name)
    one, other = (
        {path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("*.yml")}
        for name in ("a", "b")
    )
    assert one == other
