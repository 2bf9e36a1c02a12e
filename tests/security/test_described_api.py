"""Requests made from the description of the API, right and wrong ones: answers fit it, and hold nothing secret."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alignak_backend_embedded.api.endpoints.openapi import document
from embedded.conftest import NewSite
from embedded.site import Item, Site

#: Examples of one operation; more of them with ALIGNAK_API_EXAMPLES=500.
EXAMPLES = int(os.environ.get("ALIGNAK_API_EXAMPLES", "3"))
LEAKS = re.compile(r"Traceback|site-packages|\.py\b|scrypt:|pbkdf2|sqlite3|pymongo|ObjectId\(")
TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "object": dict,
    "array": list,
}
JUNK = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=8),
        st.sampled_from(
            ["0" * 24, "f" * 24, "\0", "$where", "__proto__", "-1", "../..", "Mon, 01 Jan 0000 00:00:00 GMT"]
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["$gt", "$regex", "a.b", "", "_id", "__class__", "x", "\0"]), inner, max_size=2
        ),
    ),
    max_leaves=5,
)
QUERY = ["where", "sort", "page", "max_results", "projection", "embedded", "concatenation", "history", "pretty"]


class Described:
    """A backend, and ids of its items by resource."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.document: Item = document()
        schemas = self.document["components"]["schemas"]
        self.ids = {name: self._ids(name) for name in schemas if f"/{name}" in self.document["paths"]}
        self.secrets = [user["password"] for user in self.site.store.find("user", {})]

    def _ids(self, resource: str) -> list[str]:
        return [found["_id"] for found in self.site.admin.items(resource)]

    def schema(self, found: Item) -> Item:
        while "$ref" in found:
            beside = {key: value for key, value in found.items() if key != "$ref"}
            found = {**self.document["components"]["schemas"][found["$ref"].rpartition("/")[2]], **beside}
        return found

    def value(self, schema: Item) -> st.SearchStrategy[Any]:
        """Values that fit a schema."""
        schema = self.schema(schema)
        if "enum" in schema:
            return st.sampled_from(schema["enum"])
        kind = schema.get("type")
        if isinstance(kind, list):  # with null
            return st.one_of(st.none(), self.value({**schema, "type": kind[0]}))
        match kind:
            case "string" if schema.get("pattern") == "^[0-9a-f]{24}$":
                resource = schema.get("description", "").removeprefix("id of a ")
                return st.sampled_from(self.ids.get(resource) or ["0" * 24])
            case "string":
                return st.from_regex(schema["pattern"]) if "pattern" in schema else st.text(max_size=12)
            case "integer":
                return st.integers(schema.get("minimum", -(2**63)), schema.get("maximum", 2**63 - 1))
            case "number":
                return st.floats(allow_nan=False, allow_infinity=False)
            case "boolean":
                return st.booleans()
            case "array":
                return st.lists(self.value(schema["items"]), max_size=2)
            case "object" if "properties" in schema:
                return self.object(schema)
            case "object":
                return st.dictionaries(st.text(max_size=4), JUNK, max_size=2)
        return JUNK

    def object(self, schema: Item) -> st.SearchStrategy[Item]:
        fields = {name: self.value(field) for name, field in schema["properties"].items() if not field.get("readOnly")}
        required = {name: fields.pop(name) for name in schema.get("required", ()) if name in fields}
        return st.fixed_dictionaries(required, optional={name: fields[name] for name in sorted(fields)})

    def body(self, schema: Item) -> st.SearchStrategy[Any]:
        """Bodies: one in two fits, the others nearly, or not at all."""
        fit = self.value(schema)
        if self.schema(schema)["type"] == "array":
            return st.one_of(fit, st.lists(st.one_of(self.value(schema["items"]), JUNK), max_size=3), JUNK)
        names = sorted(self.schema(schema)["properties"])
        broken = st.builds(lambda body, name, value: {**body, name: value}, fit, st.sampled_from(names), JUNK)
        return st.one_of(fit, broken, st.lists(fit, max_size=2), JUNK)

    def unfit(self, schema: Item, value: Any, where: str) -> list[str]:
        """What does not fit in an answer."""
        schema = self.schema(schema)
        kind = schema.get("type")
        if isinstance(kind, list):  # with null
            return [] if value is None else self.unfit({**schema, "type": kind[0]}, value, where)
        if kind is None:
            return []
        wrong = not isinstance(value, TYPES[kind]) or (kind != "boolean" and isinstance(value, bool))
        if wrong:
            return [f"{where}: {value!r} is no {kind}"]
        if kind == "object":
            found = schema.get("properties", {})
            return [text for name in value if name in found for text in self.unfit(found[name], value[name], name)]
        if kind == "array":
            return [text for one in value for text in self.unfit(schema.get("items", {}), one, where)]
        return []


@pytest.fixture(scope="module")
def described(new_site: NewSite) -> Iterator[Described]:
    found = Described(new_site())
    yield found
    found.site.close()


OPERATIONS = [(path, method) for path, methods in document()["paths"].items() for method in methods]


def _json(described: Item) -> Item | None:
    """The schema of a body in JSON."""
    schema: Item | None = described.get("content", {}).get("application/json", {}).get("schema")
    return schema


def _answers(described: Described, data: st.DataObject, path: str, method: str) -> tuple[Any, Item]:
    operation = described.document["paths"][path][method]
    resource = path.split("/")[1]
    ids = described.ids.get(resource) or []
    # What the backend needs to answer at all stays as it is.
    item = data.draw(st.sampled_from([*ids, "0" * 24]) if method == "get" else st.just("0" * 24))
    if method in ("patch", "put") and resource == "host":
        item = described.ids["host"][0]
    url = path.replace("{id}", item)
    query = data.draw(
        st.dictionaries(st.sampled_from(QUERY), st.one_of(JUNK.map(json.dumps), st.text(max_size=9)), max_size=2)
    )
    headers = {"Authorization": described.site.admin.token, "Content-Type": "application/json"}
    etag = described.site.admin.get(url).json.get("_etag", "x") if "{id}" in path else ""
    if etag and data.draw(st.booleans()):
        headers["If-Match"] = etag
    sent = operation.get("requestBody")
    body = json.dumps(data.draw(described.body(_json(sent) or {}))).encode() if sent else b""
    answer = described.site.send(method.upper(), url, query=query, headers=headers, body=body)
    return answer, operation


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_answers_fit_the_description(described: Described, path: str, method: str) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=EXAMPLES < 10,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        if method == "delete" and "{id}" not in path:
            return
        answer, operation = _answers(described, data, path, method)
        assert str(answer.status) in operation["responses"], (answer.status, answer.text)
        assert not LEAKS.search(answer.text), answer.text
        assert not [secret for secret in described.secrets if secret in answer.text]
        schema = _json(operation["responses"][str(answer.status)])
        if schema is not None:
            assert described.unfit(schema, answer.json, path) == []

    check()
