"""The description of the API as OpenAPI 3.1, generated from the data model."""

from __future__ import annotations

import functools
from typing import Any, Final

from alignak_backend_client.model import Resource, public_resources
from alignak_backend_client.model.descriptions import descriptions_by_resource
from alignak_backend_client.model.json_schema import ID, item_schema
from alignak_backend_embedded.api.endpoints.service import BACKEND_VERSION
from alignak_backend_embedded.api.options import MAX_DELETIONS
from alignak_backend_embedded.domain.rights import ACTIONS

_TEXT: Final = {"type": "string"}
_NUMBER: Final = {"type": "integer", "minimum": 1}
_OBJECT: Final = {"type": "object"}
_QUERY: Final = {
    "where": (_TEXT, 'filter: MongoDB\'s JSON, or name=="x"'),
    "sort": (_TEXT, "fields, a leading - for descending"),
    "page": (_NUMBER, "page number"),
    "max_results": (_NUMBER, "items per page"),
    "projection": (_TEXT, 'such as {"name": 1}'),
    "embedded": (_TEXT, 'such as {"_realm": 1}'),
}
_PARAMETERS: Final[dict[str, Any]] = {
    **{
        name: {"name": name, "in": "query", "schema": schema, "description": text}
        for name, (schema, text) in _QUERY.items()
    },
    "id": {"name": "id", "in": "path", "required": True, "schema": ID},
    "if_match": {"name": "If-Match", "in": "header", "required": True, "schema": _TEXT, "description": "the _etag"},
}
_ERRORS: Final = {
    400: "malformed request",
    401: "not logged in, or no permission",
    403: "the user may not submit commands",
    404: "no such item, or not visible",
    409: "conflict",
    412: "the item has changed, or a rule rejects the request (plain text)",
    422: "invalid fields",
    429: "too many failed logins: wait for the time in Retry-After",
    428: "If-Match is missing",
}


def _object(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties} | ({"required": list(required)} if required else {})


_SCHEMAS: Final = {
    "Written": _object(_id=ID, _created=_TEXT, _updated=_TEXT, _etag=_TEXT, _links=_OBJECT, _status={"type": "string"}),
    "Deleted": _object(
        _status=_TEXT, _items={"type": "array", "items": _object(_id=ID, _status=_TEXT, _error=_OBJECT)}
    ),
}


def _ref(name: str, section: str = "schemas") -> dict[str, Any]:
    return {"$ref": f"#/components/{section}/{name}"}


_WRITTEN: Final = _ref("Written")
_OF_CHANGES: Final = (400, 401, 404, 412, 422, 428)
"""Statuses of errors of PATCH and PUT."""


def _content(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _answers(status: int, text: str, schema: dict[str, Any] | None, *errors: int) -> dict[str, Any]:
    answer = {"description": text} | ({} if schema is None else {"content": _content(schema)})
    return {str(status): answer, **{str(code): _ref(str(code), "responses") for code in errors}}


def _operation(
    verb: str,
    name: str,
    summary: str,
    parameters: tuple[str, ...],
    answers: dict[str, Any],
    body: dict[str, Any] | None = None,
) -> dict[str, Any]:
    found: dict[str, Any] = {"operationId": f"{verb}_{name}", "summary": summary, "tags": [name], "responses": answers}
    if parameters:
        found["parameters"] = [_ref(one, "parameters") for one in parameters]
    if body is not None:
        found["requestBody"] = {"required": True, "content": _content(body)}
    return found


def _paths(resource: Resource) -> dict[str, Any]:
    """Return the paths of a resource, with their operations."""
    name = resource.name
    collection, single, deletion = _collection(resource), _item(resource), _bulk_deletion(resource)
    if name in ACTIONS:
        for writing in (collection["post"], collection["delete"], single["patch"], single["delete"], deletion):
            writing["responses"]["403"] = _ref("403", "responses")
    return {f"/{name}": collection, f"/{name}/{{id}}": single, f"/{name}/delete": {"post": deletion}}


def _new(resource: Resource) -> dict[str, Any]:
    return _ref(resource.name) | ({"required": list(resource.required)} if resource.required else {})


def _collection(resource: Resource) -> dict[str, Any]:
    name, plural = resource.name, resource.plural
    page = _object(_items={"type": "array", "items": _ref(name)}, _links=_OBJECT, _meta=_OBJECT)
    created = _answers(201, "created", _WRITTEN, 400, 401, 409, 412, 422)
    return {
        "get": _operation("list", name, f"A page of {plural}", (*_QUERY,), _answers(200, "a page", page, 400, 401)),
        "post": _operation("create", name, f"Create {plural}: one, or a list", (), created, _new(resource)),
        "delete": _operation("clear", name, f"Delete all {plural}", (), _answers(204, "deleted", None, 401)),
    }


def _item(resource: Resource) -> dict[str, Any]:
    name, label, item = resource.name, resource.label, _ref(resource.name)
    version = ("id", "if_match")
    found = _answers(200, "the item", item, 400, 401, 404)
    changed = _answers(200, "changed", _WRITTEN, *_OF_CHANGES)
    deleted = _answers(204, "deleted", None, 401, 404, 409, 412, 428)
    operations = {
        "get": _operation("get", name, f"One {label}", ("id", "projection", "embedded"), found),
        "patch": _operation("change", name, f"Change fields of one {label}", version, changed, item),
        "delete": _operation("delete", name, f"Delete one {label}", version, deleted),
    }
    if "PUT" in resource.item_methods:
        replaced = _answers(200, "replaced", _WRITTEN, *_OF_CHANGES) | _answers(201, "created with this id", _WRITTEN)
        operations["put"] = _operation("replace", name, f"Replace one {label}", version, replaced, _new(resource))
    return operations


def _bulk_deletion(resource: Resource) -> dict[str, Any]:
    named = _object(("_id", "_etag"), _id=ID, _etag={"type": "string", "minLength": 1})
    many = {"type": "array", "minItems": 1, "maxItems": MAX_DELETIONS, "items": named}
    summary = f"Delete several {resource.plural}, as one DELETE request for each would"
    results = _answers(200, "the result for each", _ref("Deleted"), 400, 401)
    return _operation("delete_many", resource.name, summary, (), results, many)


def _service_paths() -> dict[str, Any]:
    login = _object(
        ("username", "password"),
        username=_TEXT,
        password={"type": "string", "format": "password"},
        action={"type": "string", "enum": ["generate"]},
    )
    token = _answers(200, "the token", _object(token=_TEXT), 400, 401, 429)
    return {
        "/login": {"post": _operation("login", "session", "Get a token", (), token, login) | {"security": []}},
        "/logout": {
            "post": _operation("logout", "session", "Log out", (), _answers(200, "ok", None)) | {"security": []}
        },
        **{
            f"/{path}": {"get": _operation("get", path, text, (), _answers(200, text, _OBJECT)) | {"security": []}}
            for path, text in (("backendconfig", "Page sizes"), ("version", "Version of the backend"))
        },
    }


@functools.cache
def document() -> dict[str, Any]:
    """Return the description of the whole API."""
    resources = public_resources()
    words = descriptions_by_resource()
    paths = _service_paths()
    for resource in resources.values():
        paths |= _paths(resource)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Alignak backend", "version": BACKEND_VERSION},
        "security": [{"token": []}],
        "tags": [{"name": name, "description": words[name].description} for name in resources],
        "paths": paths,
        "components": {
            "schemas": {**_SCHEMAS, **{name: item_schema(resource) for name, resource in resources.items()}},
            "parameters": _PARAMETERS,
            "responses": {str(code): {"description": text} for code, text in _ERRORS.items()},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "basic", "description": "the token as user name, any password"}
            },
        },
    }
