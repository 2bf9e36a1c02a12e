"""What the validator says of random values is what the backend answers, word for word.

`VALIDATOR_EXAMPLES=10000` makes the run long.
"""

from __future__ import annotations

import copy
import os
import random
from typing import Any

import pytest

from alignak_backend_client.model import Resource, public_resources
from alignak_backend_client.model.coercion import TEXT_IDS
from alignak_backend_client.model.issues import to_messages
from alignak_backend_client.model.validation import Validator
from conformance.world import Item, World, unique

EXAMPLES = int(os.environ.get("VALIDATOR_EXAMPLES", "200"))
VALUES: list[Any] = [
    *(None, 0, 1, 2, -1, -5, 100, 101, 1.0, 1.5, 12.7, 2**40, True, False, [], {}, "", "x", "ab", "12", "12.7", " 12 "),
    *(
        "-3",
        "1e3",
        "1_0",
        "٣",
        "true",
        "TRUE",
        "false",
        "yes",
        "on",
        "0",
        "1",
        "nan",
        "inf",
        "a\nb",
        "it's",
        "é",
        "a|b",
    ),
    *("a" * 24, "A" * 24, "f" * 25, "d", "o", "UP", "OK", "HARD", "down", "add", "*", "read", "webui.comment", "Point"),
    *(["d"], ["zz"], [1], [None], ["a" * 24], [1.5], [True], [0], ["read", "x"]),
    *({"a": 1}, {"x": {"y": [1]}}, {"type": "Point"}, {"type": "Point", "coordinates": [1, 2.5]}),
    {"type": "Point", "coordinates": [1, "x"]},
]
NOT_COMPARED = ("_templates", "_template_fields")
"""They are read before the validation."""


class Ids(dict[tuple[str, str], str]):
    """The ids of some items, by resource and name; these are all that the validator knows of."""

    def exists(self, resource: str, identity: Any) -> bool:
        return any(known == resource and found == identity for (known, _), found in self.items())

    def is_taken(self, _field: str, _value: Any) -> bool:
        return False


@pytest.fixture
def ids(world: World) -> Ids:
    names = [("realm", "All"), ("timeperiod", "24x7"), ("command", "_echo"), ("host", "_dummy"), ("user", "admin")]
    names += [("hostgroup", "All"), ("servicegroup", "All"), ("usergroup", "All")]
    found = Ids({(resource, name): world.id_of(resource, name) for resource, name in names})
    host = world.new("host")
    found["host", "h"] = host["_id"]
    found["service", "s"] = world.service(host)["_id"]
    return found


def whole(resource: Resource, ids: Ids) -> Item:
    """What an item needs."""
    item: Item = {}
    for name in resource.required:
        schema = resource.fields[name]
        link = resource.links.get(name)
        if link is not None:
            one = next(found for (target, _), found in ids.items() if target == link.resource)
            item[name] = [one] if link.many else one
        else:
            item[name] = schema.get("allowed", [{"integer": 1, "boolean": True}.get(schema["type"], unique("v"))])[0]
    if resource.has_name:
        item["name"] = unique("v")
    if resource.name == "service":
        item["host"] = ids["host", "h"]
    if resource.name == "logcheckresult":
        item["host"] = ids["host", "h"]
    if resource.kind == "action":
        item |= {"host": ids["host", "h"], "start_time": 1, "end_time": 2}
    if resource.name != "actiondowntime":
        item = {name: value for name, value in item.items() if not name.endswith("_time")}
    return item


def is_quirk(resource: Resource, item: Item) -> bool:
    """Whether the Alignak backend fails over it: it stops to coerce at a list of links that is none, for example."""
    for name, value in item.items():
        schema, link = resource.fields.get(name, {}), resource.links.get(name)
        if link is not None and link.many and value is not None and not isinstance(value, list):
            return True
        if schema.get("type") == "float" and value in ("nan", "inf"):
            return True
        if schema.get("type") == "point" and not isinstance(value, dict):
            return True
    if resource.name == "logcheckresult" and item.get("service_name"):
        return True
    return resource.name == "service" and not item["host"]


@pytest.mark.parametrize("kind", [name for name in public_resources() if name != "alignakretention"])
def test_random_values(world: World, ids: Ids, kind: str) -> None:
    resource, choose = public_resources()[kind], random.Random(kind)  # noqa: S311 - the same cases in every run
    validator = Validator(resource, TEXT_IDS)
    values = [*VALUES, *ids.values(), *([one] for one in ids.values())]
    fields = [name for name in (*resource.fields, "no_such_field") if name not in NOT_COMPARED]
    filled = dict.fromkeys(resource.links.keys() & {"check_command"})
    compared = 0
    for _ in range(max(5, EXAMPLES // len(public_resources()))):
        changes = {choose.choice(fields): copy.deepcopy(choose.choice(values)) for _ in range(choose.choice((1, 1, 2)))}
        item = whole(resource, ids) | changes
        if is_quirk(resource, item):
            continue
        judged = copy.deepcopy(item)
        validator.coerce(judged)
        if world.backend.is_real and any(validator.validate_new_strictly(judged)):
            continue
        expected = to_messages(validator.validate_new(filled | judged, ids))
        answer = world.caller.post(kind, item)
        if answer.status == 201:
            world.remove(kind, answer.json)
        assert answer.status == (422 if expected else 201), (item, expected, answer)
        if expected:
            assert answer.json["_issues"] == expected, item
        compared += 1
    assert compared
