"""Random small sites: all types, templates of templates, services of templates with overrides, rights, links."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

Item = dict[str, Any]
Files = dict[str, list[Item]]
Draw = Callable[..., Any]

WORDS = st.sampled_from(["a", "no", "1:30", "é", "x y", "12"])
TAGS = st.lists(WORDS, unique=True, max_size=3)


def _subset(draw: Draw, names: list[str], most: int = 3) -> list[str]:
    return draw(st.lists(st.sampled_from(names), unique=True, max_size=most)) if names else []


def _fields(draw: Draw, files: Files, *, customs: bool) -> Item:
    """Fields of a host or service."""
    found: Item = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "alias": WORDS,
                "notes": st.sampled_from(["", "n", "m"]),
                "check_interval": st.integers(4, 6),
                "max_check_attempts": st.integers(1, 3),
                "tags": TAGS,
                "flap_detection_options": st.lists(st.sampled_from(["o", "x"]), unique=True, max_size=2),
                "event_handler": st.sampled_from([None, "_echo"]),
                "check_command": st.sampled_from(["_echo", "ping", "disk"]),
                "_sub_realm": st.booleans(),
            },
        )
    )
    if customs and draw(st.booleans()):
        found["customs"] = draw(st.dictionaries(st.sampled_from(["_A", "_B", "_C"]), WORDS, max_size=3))
    if draw(st.integers(0, 3)) == 0:
        found["users"] = _subset(draw, [one["name"] for one in files["user"]])
    if draw(st.integers(0, 3)) == 0:
        found["usergroups"] = _subset(draw, [one["name"] for one in files["usergroup"]])
    return found


def _unmerged(draw: Draw, item: Item, *merged: str) -> None:
    whole = [name for name in merged if name in item and draw(st.integers(0, 3)) == 0]
    if whole:
        item["_unmerged"] = whole


@st.composite
def sites(draw: Draw, *, customs: bool = True) -> Files:
    """Files of a site."""
    realms = ["All", *_subset(draw, ["Paris", "Rome"])]
    files: Files = {
        "realm": [
            {"name": name, "_parent": draw(st.sampled_from(realms[: realms.index(name)]))} for name in realms[1:]
        ],
        "command": [{"name": name, **draw(_SOME_NOTES)} for name in ("ping", "disk")],
        "timeperiod": [
            {"name": name, "dateranges": draw(_RANGES), "exclude": draw(st.sampled_from([[], ["day"]]))}
            for name in _subset(draw, ["day", "night"])
        ],
        "user": [],
        "usergroup": [],
        "host": [],
    }
    realm = st.sampled_from(realms)
    for name in _subset(draw, ["ut", "u1", "u2"]):
        user: Item = {"name": name, "_realm": draw(realm), **draw(_USER)}
        if name == "ut":
            user["_is_template"] = True
        elif any(one["name"] == "ut" for one in files["user"]) and draw(st.booleans()):
            user["_templates"] = ["ut"]
            _unmerged(draw, user, "tags")
        if draw(st.booleans()):
            user["_rights"] = [{"realm": draw(realm), **right} for right in draw(st.lists(_RIGHT, max_size=2))]
        files["user"].append(user)
    for name in _subset(draw, ["g1", "g2"]):
        files["usergroup"].append(
            {"name": name, "users": _subset(draw, [one["name"] for one in files["user"]]), **draw(_SOME_NOTES)}
        )
    _hosts(draw, files, realm, customs=customs)
    _rest(draw, files)
    return {kind: items for kind, items in files.items() if items}


_SOME_NOTES = st.fixed_dictionaries({}, optional={"notes": WORDS, "definition_order": st.integers(99, 101)})
_RANGES = st.lists(st.sampled_from([{"monday": "09:00-17:00"}, {"2026-01-01": "00:00-24:00"}]), max_size=2)
_USER = st.fixed_dictionaries(
    {},
    optional={
        "email": st.sampled_from(["", "o@example.org"]),
        "tags": TAGS,
        "is_admin": st.booleans(),
        "host_notification_commands": st.lists(st.sampled_from(["ping", "disk"]), unique=True),
        "skill_level": st.integers(0, 2),
    },
)
_RIGHT = st.fixed_dictionaries(
    {},
    optional={
        "sub_realm": st.booleans(),
        "resource": st.sampled_from(["*", "host"]),
        "crud": st.lists(st.sampled_from(["read", "update"]), unique=True, min_size=1),
    },
)


def _hosts(draw: Draw, files: Files, realm: st.SearchStrategy[str], *, customs: bool) -> None:
    names = _subset(draw, ["t1", "t2", "t3"])
    given: dict[str, list[str]] = {}
    for position, name in enumerate(names):
        above = _subset(draw, names[:position], 2)
        host = {"name": name, "_is_template": True, "_templates": above, **_fields(draw, files, customs=customs)}
        services = _subset(draw, ["cpu", "load"], 2)
        given[name] = sorted({*services, *(one for up in above for one in given[up])})
        host["_services"] = [
            {"name": one, "_is_template": True, **_fields(draw, files, customs=customs)} for one in services
        ]
        _unmerged(draw, host, "tags", "customs", "users")
        files["host"].append(host)
    for name in _subset(draw, ["h1", "h2", "h3"]):
        above = _subset(draw, names, 2)
        host = {"name": name, "_templates": above, **_fields(draw, files, customs=customs)}
        if draw(st.booleans()):
            host |= {"_realm": draw(realm), "location": {"type": "Point", "coordinates": [1.5, 2]}}
        if draw(st.integers(0, 4)) == 0:
            host["_templates_with_services"] = False
        mine = sorted({one for up in above for one in given[up]}) if "_templates_with_services" not in host else []
        gone = _subset(draw, mine, 1)
        if gone:
            host["_without_services"] = gone
        host["_services"] = []
        for one in _subset(draw, [*(one for one in ("cpu", "load", "own") if one not in gone)]):
            service = {"name": one, **_fields(draw, files, customs=customs)}
            if one in mine and draw(st.integers(0, 3)) == 0:
                service["_templates"] = []
            _unmerged(draw, service, "tags", "customs", "users")
            host["_services"].append(service)
        _unmerged(draw, host, "tags", "customs", "users")
        if draw(st.integers(0, 3)) == 0:
            host["parents"] = _subset(draw, [one["name"] for one in files["host"] if "_is_template" not in one])
        files["host"].append(host)


def _rest(draw: Draw, files: Files) -> None:
    hosts = [one["name"] for one in files["host"] if "_is_template" not in one]
    services = [
        f"{one['name']}/{service['name']}"
        for one in files["host"]
        if one["name"] in hosts
        for service in one.get("_services", ())
    ]
    users, groups = [one["name"] for one in files["user"]], [one["name"] for one in files["usergroup"]]
    for kind in ("hostgroup", "servicegroup"):
        members = hosts if kind == "hostgroup" else services
        made = files[kind] = []
        for name in _subset(draw, ["one", "two"]):
            group: Item = {"name": name, f"{kind.removesuffix('group')}s": _subset(draw, members)}
            if made and draw(st.booleans()):
                group |= {"_parent": made[0]["name"], f"{kind}s": [made[0]["name"]]}
            made.append(group)
    if draw(st.booleans()):
        files["hostescalation"] = [{"name": "he", "hosts": _subset(draw, hosts), "users": _subset(draw, users)}]
        files["hostdependency"] = [
            {"name": "hd", "dependency_period": "24x7", "hosts": _subset(draw, hosts), "notes": draw(WORDS)}
        ]
        for host in files["host"]:
            if host["name"] in hosts and draw(st.booleans()):
                host["escalations"] = ["he"]
    if draw(st.booleans()):
        files["serviceescalation"] = [
            {
                "name": "se",
                "services": _subset(draw, services),
                "users": _subset(draw, users),
                "usergroups": _subset(draw, groups),
            }
        ]
        files["servicedependency"] = [
            {"name": "sd", "dependency_period": "24x7", "dependent_services": _subset(draw, services)}
        ]
