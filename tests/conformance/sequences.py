"""Sequences of requests played on two backends at once, and what must be equal in their answers.

A step names items by kind and number, not by id, so that any list of steps can be played, and shrunk. Ids come from
here, so that both backends use the same. Steps keep away from what the released backend is known to do wrong:

- an item has one template at most, templates have none, and none is given to an item after its creation;
- realms and groups stay where they are, realms stay while there are hosts or services in them, or realms below realms;
- check flags change only as a real switch, and no item is created acknowledged or downtimed;
- templates have no tags and no custom variables: what is merged follows them otherwise;
- users have a password, and links never repeat what a template links to;
- check results of a service name the host it is on.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from alignak_backend_client.model.start_documents import START_NAMES
from servers.caller import Answer, Caller

Fields = dict[str, Any]

#: Emptied after each sequence, in this order; those that a sequence may have changed are compared at its end.
RESOURCES = [
    *("actionacknowledge", "logcheckresult", "history", "service", "host", "hostgroup", "servicegroup", "usergroup"),
    *("userrestrictrole", "user", "command", "timeperiod", "realm", "livesynthesis"),
]
START = [(resource, name) for resource, names in START_NAMES.items() for name in sorted(names)]

_ids = itertools.count(0xC0FFEE)
_VOLATILE = {"_created", "_updated", "_etag", "password", "token"}
_UNORDERED = {"hosts", "hostgroups", "services", "servicegroups", "users", "usergroups"}
_UNORDERED |= {"_children", "_all_children", "_template_fields"}
_ID = re.compile(r"\b[0-9a-f]{24}\b")


@dataclass(frozen=True)
class Ref:
    """An item by kind and number; played as its id."""

    kind: str
    number: int


@dataclass
class Side:
    """One of the two backends: where requests go, and its own ids of the start documents."""

    caller: Caller = field(repr=False)
    start: dict[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for resource, name in START:
            (item,) = self.caller.items(resource, where={"name": name})
            self.start[f"@{resource}/{name}"] = item["_id"]
        self._names = {item_id: key for key, item_id in self.start.items()}

    def own(self, value: Any) -> Any:
        """Replace the names of start documents by this side's ids."""
        if isinstance(value, dict):
            return {key: self.own(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self.own(one) for one in value]
        return self.start.get(value, value) if isinstance(value, str) else value

    def common(self, value: Any, known: set[str]) -> Any:
        """What must be equal on both sides: without dates and etags, this side's own ids replaced."""
        if isinstance(value, dict):
            kept = {key: self.common(one, known) for key, one in value.items() if key not in _VOLATILE}
            if "_template_fields" in kept:
                # The released backend lets users follow the password and the token of their template.
                kept["_template_fields"] = [name for name in kept["_template_fields"] if name not in _VOLATILE]
            return {key: sorted(one, key=_key) if key in _UNORDERED and one else one for key, one in kept.items()}
        if isinstance(value, list):
            return [self.common(one, known) for one in value]
        if isinstance(value, str):
            return _ID.sub(lambda found: self._name(found[0], known), value)
        return value

    def _name(self, item_id: str, known: set[str]) -> str:
        return item_id if item_id in known else self._names.get(item_id, "an id")


def _key(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


# Steps


@dataclass(frozen=True)
class Create:
    kind: str
    fields: Fields


@dataclass(frozen=True)
class Patch:
    kind: str
    number: int
    fields: Fields
    stale: bool = False


@dataclass(frozen=True)
class Switch:
    """Turn the checks of an item on or off, whatever they are not."""

    kind: str
    number: int


@dataclass(frozen=True)
class Delete:
    kind: str
    number: int


@dataclass(frozen=True)
class Read:
    kind: str
    number: int
    params: Fields


@dataclass(frozen=True)
class List:
    resource: str
    params: Fields


Step = Create | Patch | Switch | Delete | Read | List

_RESOURCE_OF = {"host template": "host", "service template": "service", "user template": "user"}
_REALM = "@realm/All"


def resource_of(kind: str) -> str:
    return _RESOURCE_OF.get(kind, kind)


class Game:
    """Plays steps on both sides, and compares."""

    def __init__(self, real: Side, other: Side) -> None:
        self.sides = (real, other)
        self.alive: dict[str, list[str]] = {}
        self.known: set[str] = set()
        self.downtimed = False
        self.deep_realms = False

    def play(self, step: Step) -> None:
        """One step.

        Raises:
            AssertionError: the two backends answered differently.
        """
        getattr(self, f"_{type(step).__name__.lower()}")(step)

    def compare_everything(self) -> None:
        """Compare whole collections.

        Raises:
            AssertionError: they differ.
        """
        for resource in RESOURCES:
            # Downtimes are counted twice by the released backend when it counts anew.
            if resource != "livesynthesis" or not self.downtimed:
                self._list(List(resource, {"max_results": "5000"}))

    def clean(self) -> None:
        for side in self.sides:
            for resource in RESOURCES:
                assert side.caller.call("DELETE", resource).status == 204

    # Each kind of step

    def _create(self, step: Create) -> None:
        fields = self._fill(step.fields)
        item_id = f"{next(_ids):024x}"
        resource = resource_of(step.kind)
        if step.kind == "realm" and fields.get("_parent", _REALM) != _REALM:
            self.deep_realms = True
        if step.kind.endswith(" template"):
            fields["_is_template"] = True
        if resource == "service" and "host" not in fields:
            return
        if resource == "logcheckresult" and "service" in fields:
            # A result of a service on another host is accepted by the released backend only.
            service = self.sides[0].caller.get(f"service/{fields['service']}")
            if service.status == 200:
                fields["host"] = service.json["host"]
        self.known.add(item_id)
        answer = self._compare(
            lambda side: side.caller.post(resource, side.own({**fields, "_id": item_id})), f"POST {resource} {fields}"
        )
        if answer.status == 201:
            self.alive.setdefault(step.kind, []).append(item_id)

    def _patch(self, step: Patch) -> None:
        path = self._path(step.kind, step.number)
        if path is None:
            return
        fields = self._fill(step.fields)
        self.downtimed |= "ls_downtimed" in fields
        etag = "stale" if step.stale else None
        self._compare(lambda side: side.caller.patch(path, side.own(fields), etag), f"PATCH {path} {fields}")

    def _switch(self, step: Switch) -> None:
        path = self._path(step.kind, step.number)
        if path is None:
            return
        current = self.sides[0].caller.get(path)
        if current.status == 200:
            on = current.json["active_checks_enabled"] or current.json["passive_checks_enabled"]
            fields = {"active_checks_enabled": not on, "passive_checks_enabled": not on}
            self._compare(lambda side: side.caller.patch(path, fields), f"PATCH {path} {fields}")

    def _delete(self, step: Delete) -> None:
        path = self._path(step.kind, step.number)
        if path is None or (step.kind == "realm" and (self.deep_realms or self._is_used(path))):
            return
        answer = self._compare(lambda side: side.caller.delete(path), f"DELETE {path}")
        if answer.status == 204:
            self.alive[step.kind].remove(path.split("/")[1])

    def _read(self, step: Read) -> None:
        path = self._path(step.kind, step.number)
        if path is not None:
            self._compare(lambda side: side.caller.get(path, **side.own(step.params)), f"GET {path} {step.params}")

    def _list(self, step: List) -> None:
        params = self._fill(step.params)
        self._compare(lambda side: side.caller.get(step.resource, **side.own(params)), f"GET {step.resource} {params}")

    def _is_used(self, realm: str) -> bool:
        where = {"_realm": realm.split("/")[1]}
        return any(self.sides[0].caller.items(resource, where=where) for resource in ("host", "service"))

    # Names to ids

    def _path(self, kind: str, number: int) -> str | None:
        item_id = self._pick(kind, number)
        return item_id and f"{resource_of(kind)}/{item_id}"

    def _pick(self, kind: str, number: int) -> str | None:
        living = self.alive.get(kind, [])
        return living[number % len(living)] if living else None

    def _fill(self, value: Any) -> Any:
        """Put ids in the place of references; what refers to nothing is left out."""
        if isinstance(value, dict):
            filled = {key: self._fill(one) for key, one in value.items()}
            return {key: one for key, one in filled.items() if not (one is None and isinstance(value[key], Ref))}
        if isinstance(value, list):
            filled_list = [self._fill(one) for one in value]
            return [one for one, before in zip(filled_list, value, strict=True) if one is not None or before is None]
        if isinstance(value, Ref):
            return self._pick(value.kind, value.number) or ("0" * 24 if value.number == 0 else None)
        return value

    # Comparing

    def _compare(self, request: Callable[[Side], Answer], what: str) -> Answer:
        real, other = (request(side) for side in self.sides)
        assert other.status == real.status, f"{what}: {real.text} became {other.text}"
        assert other.is_json == real.is_json, what
        if real.is_json:
            expected, found = (
                _essence(side.common(answer.json, self.known), ordered="'sort'" in what)
                for side, answer in zip(self.sides, (real, other), strict=True)
            )
            assert found == expected, f"{what}: {_difference(expected, found)}"
        return real


def _essence(body: Any, *, ordered: bool) -> Any:
    """A body without the words of errors, and a list without its order where none was asked for."""
    if isinstance(body, dict) and "_error" in body:
        body = {**body, "_error": body["_error"]["code"]}
    if isinstance(body, dict) and "_items" in body and any("hosts_total" in one for one in body["_items"]):
        # Counting anew, the released backend makes a synthesis for each realm, those without items too.
        body = {"_items": [one for one in body["_items"] if one["hosts_total"] or one["services_total"]]}
    if isinstance(body, dict) and "_items" in body and not ordered:
        body = {**body, "_items": sorted(body["_items"], key=_key)}
    return body


def _difference(expected: Any, found: Any, path: str = "") -> str:
    """Where two documents differ, in words."""
    if isinstance(expected, dict) and isinstance(found, dict):
        keys = sorted(expected.keys() | found.keys())
        parts = [(f"{path}.{key}", expected.get(key, "nothing"), found.get(key, "nothing")) for key in keys]
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        parts = [(f"{path}[{i}]", *pair) for i, pair in enumerate(zip(expected, found, strict=True))]
    else:
        return f"{path}: {expected!r} became {found!r}"
    return "; ".join(_difference(one, other, where) for where, one, other in parts if one != other)


# What is played

NUMBER = st.integers(0, 5)
TAGS = st.lists(st.sampled_from(["linux", "web", "db"]), unique=True, max_size=3)
CUSTOMS = st.dictionaries(
    st.sampled_from(["_A", "_B"]), st.one_of(st.integers(0, 3), st.text("xy", max_size=2)), max_size=2
)
TEXT = st.sampled_from(["", "a", "é", "two words", "12", "2018-01-01"])
BAD_COMMON: list[Fields] = [
    {"nothing": 1},
    {"notes": 5},
    {"notes": None},
    {"definition_order": "x"},
    {"name": ""},
    {"_realm": "nope"},
    {"_realm": "0" * 24},
]
BAD: dict[str, list[Fields]] = {
    "host": [
        {"business_impact": 9},
        {"tags": "x"},
        {"tags": [1]},
        {"parents": ["0" * 24]},
        {"name": "a|b"},
        {"customs": []},
    ],
    "service": [{"ls_state": "UP"}, {"aggregation": 5}, {"check_command": "x"}, {"initial_state": "z"}],
    "user": [{"skill_level": 3}, {"email": 5}, {"name": "a=b"}],
    "command": [{"timeout": "x"}, {"enable_environment_macros": "x"}],
    "realm": [{"name": "a/b"}, {"hosts_critical_threshold": 101}, {"_parent": None}, {"_parent": "0" * 24}],
}


def _some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Fields]:
    """Any of these fields."""
    return st.fixed_dictionaries({}, optional=fields)


def _names(kind: str) -> st.SearchStrategy[str]:
    return st.integers(0, 6).map(lambda number: f"{kind}-{number}")


HOST_STATE = st.sampled_from(["UP", "DOWN", "UNREACHABLE"])
SERVICE_STATE = st.sampled_from(["OK", "WARNING", "CRITICAL", "UNKNOWN", "UNREACHABLE"])
STATE_TYPE = st.sampled_from(["HARD", "SOFT"])
COMMON = {"notes": TEXT, "definition_order": st.integers(0, 9), "alias": TEXT}
CHECKED = {
    **COMMON,
    "tags": TAGS,
    "customs": CUSTOMS,
    "check_interval": st.one_of(st.integers(0, 9), st.sampled_from(["7", 2.9])),
    "business_impact": st.integers(0, 5),
    "check_period": st.builds(Ref, st.just("timeperiod"), NUMBER),
    "event_handler": st.builds(Ref, st.just("command"), st.integers(1, 5)),
}
LIVE = {
    "ls_state_type": STATE_TYPE,
    "ls_output": TEXT,
    "ls_last_check": st.integers(0, 5),
    "ls_acknowledged": st.booleans(),
    "ls_latency": st.sampled_from([0, 0.5, 3]),
}
PLAIN: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "host": {
        **CHECKED,
        "address": TEXT,
        "parents": st.lists(st.builds(Ref, st.just("host"), st.integers(1, 5)), max_size=2),
    },
    "service": {**CHECKED, "aggregation": TEXT},
    "user": {**COMMON, "email": TEXT, "ui_preferences": CUSTOMS, "skill_level": st.integers(0, 2), "tags": TAGS},
    "command": {**COMMON, "timeout": st.integers(-1, 9), "command_line": TEXT},
    "timeperiod": {**COMMON, "is_active": st.booleans()},
    "realm": {"notes": TEXT, "hosts_critical_threshold": st.integers(0, 100)},
    "hostgroup": {**COMMON, "hosts": st.lists(st.builds(Ref, st.just("host"), st.integers(1, 5)), max_size=3)},
    "usergroup": {**COMMON, "users": st.lists(st.builds(Ref, st.just("user"), st.integers(1, 5)), max_size=2)},
    "servicegroup": {**COMMON, "services": st.lists(st.builds(Ref, st.just("service"), st.integers(1, 5)), max_size=2)},
}


def _plain(kind: str) -> st.SearchStrategy[Fields]:
    fields = PLAIN[resource_of(kind)]
    merged = {"tags", "customs"} if kind.endswith("template") else set()
    return _some(**{name: values for name, values in fields.items() if name not in merged})


ITEM_REALM = st.one_of(st.just(_REALM), st.builds(Ref, st.just("realm"), st.integers(1, 3)))
_serial = itertools.count()


@st.composite
def creations(draw: st.DrawFn, of: str | None = None) -> Create:
    """The creation of an item, sometimes with a value that must be refused; always a good one of a kind asked for."""
    kind = of or draw(st.sampled_from([*PLAIN, "host", "service", "service", *_RESOURCE_OF, "realm", "logcheckresult"]))
    if kind == "logcheckresult":
        return draw(check_results())
    resource = resource_of(kind)
    fields = draw(_plain(kind))
    fields["name"] = draw(_names(kind.replace(" ", "-")))
    if resource == "realm":
        fields |= draw(_some(_parent=st.builds(Ref, st.just("realm"), st.integers(1, 3))))
    else:
        fields["_realm"] = draw(ITEM_REALM)
    if resource in ("host", "service"):
        fields |= draw(_some(ls_state=HOST_STATE if resource == "host" else SERVICE_STATE, ls_state_type=STATE_TYPE))
    if resource == "service":
        fields["host"] = Ref("host template" if kind.endswith("template") else "host", draw(NUMBER) + 1)
        # Two templates of one name would meet on one host.
        if kind.endswith("template"):
            fields["name"] = f"from-template-{next(_serial)}"
            fields["_templates_from_host_template"] = draw(st.booleans())
    if resource == "user":
        fields["password"] = "secret"
    if resource in ("host", "service", "user") and not kind.endswith("template") and draw(st.booleans()):
        fields["_templates"] = [Ref(f"{kind} template", draw(NUMBER) + 1)]
    if resource.endswith("group"):
        fields |= draw(_some(_parent=st.builds(Ref, st.just(resource), st.integers(1, 3))))
    if of is None and draw(st.integers(0, 5)) == 0:
        fields |= draw(st.sampled_from(BAD_COMMON[:-2] + BAD.get(resource, [])))
    return Create(kind, fields)


@st.composite
def check_results(draw: st.DrawFn) -> Create:
    fields: Fields = {"host": Ref("host", draw(NUMBER) + 1), "state_type": draw(STATE_TYPE), "last_state_type": "HARD"}
    of_service = draw(st.booleans())
    if of_service:
        fields = {**fields, "service": Ref("service", draw(NUMBER) + 1)}
    states = SERVICE_STATE if of_service else HOST_STATE
    fields |= {"state": draw(states), "last_state": draw(states), "last_check": draw(st.integers(0, 5))}
    fields |= draw(_some(output=TEXT, acknowledged=st.just(False), latency=st.sampled_from([0.5, 2]), perf_data=TEXT))
    return Create("logcheckresult", fields)


@st.composite
def patches(draw: st.DrawFn) -> Patch:
    kind = draw(st.sampled_from([*PLAIN, "host", "service", *_RESOURCE_OF]))
    resource = resource_of(kind)
    fields = draw(_plain(kind))
    if draw(st.integers(0, 4)) == 0:
        fields |= draw(st.sampled_from(BAD_COMMON + BAD.get(resource, [])))
    elif resource not in ("service", "realm") and draw(st.integers(0, 4)) == 0:
        fields["name"] = draw(_names(kind.replace(" ", "-")))
    return Patch(kind, draw(NUMBER), fields, stale=draw(st.integers(0, 9)) == 0)


@st.composite
def live_patches(draw: st.DrawFn) -> Patch:
    kind = draw(st.sampled_from(["host", "service"]))
    fields = draw(_some(**LIVE, ls_state=HOST_STATE if kind == "host" else SERVICE_STATE))
    if draw(st.integers(0, 7)) == 0:
        fields["ls_downtimed"] = draw(st.booleans())
    if draw(st.integers(0, 7)) == 0:
        fields["notes"] = draw(TEXT)
    return Patch(kind, draw(NUMBER), fields)


WHERE: dict[str, list[Fields]] = {
    "host": [
        {"ls_state": "UP"},
        {"tags": "web"},
        {"tags": ["web"]},
        {"tags": {"$in": ["web", "db"]}},
        {"tags": {"$all": ["web", "db"]}},
        {"tags": {"$size": 0}},
        {"tags": {"$ne": "web"}},
        {"customs._A": 1},
        {"customs._A": {"$exists": False}},
        {"check_interval": {"$gt": 2, "$lte": 7}},
        {"check_interval": "5"},
        {"_is_template": True},
        {"_realm": _REALM},
        {"check_period": None},
        {"check_period": {"$exists": True}},
        {"event_handler": None},
        {"name": {"$regex": "^host-[0-3]"}},
        {"name": {"$regex": "HOST", "$options": "i"}},
        {"$or": [{"ls_state": "DOWN"}, {"notes": "a"}]},
        {"$and": [{"ls_state": {"$ne": "UP"}}, {"notes": {"$nin": ["a", "é"]}}]},
        {"$nor": [{"ls_state": "DOWN"}, {"tags": "db"}]},
        {"_overall_state_id": {"$gte": 3}},
        {"notes": {"$not": {"$regex": "^a"}}},
        {"parents": Ref("host", 1)},
        {"_templates": Ref("host template", 1)},
        {"_id": Ref("host", 2)},
        {"notes": "2018-01-01"},
        {"$nothing": 1},
        {"name": {"$nothing": 1}},
    ],
    "service": [
        {"host": Ref("host", 1)},
        {"host": {"$in": [Ref("host", 1), Ref("host", 2)]}},
        {"ls_state": {"$in": ["OK", "CRITICAL"]}},
        {"_templates_from_host_template": True},
        {"ls_acknowledged": False, "_overall_state_id": {"$lt": 4}},
    ],
    "command": [
        {"timeout": {"$gte": 0}},
        {"command_line": {"$exists": True}},
        {"name": {"$lt": "b"}},
        {"command_line": ""},
    ],
    "history": [{"type": "check.result"}, {"user_name": "Alignak"}],
}
SORTS = ["name", "-name", "notes,name", "-check_interval,name", "_id", "nothing,-name"]
PROJECTIONS: list[Fields] = [
    {"name": 1},
    {"name": 1, "tags": 1, "nothing": 1},
    {"notes": 0, "alias": 0},
    {"customs": 1},
]
EMBEDDED: list[Fields] = [
    {"_realm": 1},
    {"check_command": 1, "_templates": 1},
    {"check_period": 1},
    {"parents": 1},
    {"host": 1},
]


@st.composite
def lists(draw: st.DrawFn) -> List:
    resource = draw(st.sampled_from(list(WHERE)))
    params: Fields = draw(
        _some(
            where=st.sampled_from(WHERE[resource]),
            projection=st.sampled_from(PROJECTIONS),
            embedded=st.sampled_from(EMBEDDED),
        )
    )
    # Pages need an order that has no ties: names are unique but for services.
    if resource in ("host", "command") and draw(st.booleans()):
        params |= {"sort": draw(st.sampled_from(SORTS))}
        params |= draw(_some(max_results=st.sampled_from(["1", "2", "3"]), page=st.sampled_from(["1", "2", "9"])))
    return List(resource, params)


@st.composite
def reads(draw: st.DrawFn) -> Read:
    kind = draw(st.sampled_from([*PLAIN, *_RESOURCE_OF]))
    params = draw(_some(projection=st.sampled_from(PROJECTIONS), embedded=st.sampled_from(EMBEDDED)))
    return Read(kind, draw(NUMBER), params)


def openings() -> st.SearchStrategy[list[Step]]:
    """Creations to begin with, so that the steps after them have something to work on."""
    kinds = ["realm", "realm", "command", "timeperiod", "host template", "host template", "service template"]
    kinds += ["host", "service template", "host", "host", "service", "service", "user template", "user", "user"]
    kinds += ["hostgroup", "hostgroup", "usergroup", "servicegroup"]
    return st.tuples(*(creations(kind) for kind in kinds)).map(list)


def steps() -> st.SearchStrategy[Step]:
    deletions = st.builds(Delete, st.sampled_from([*PLAIN, *_RESOURCE_OF]), NUMBER)
    switches = st.builds(Switch, st.sampled_from(["host", "service"]), NUMBER)
    return st.one_of(
        creations(), creations(), creations(), patches(), live_patches(), switches, deletions, reads(), lists()
    )
