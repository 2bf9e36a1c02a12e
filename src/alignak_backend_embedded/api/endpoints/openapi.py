"""The description of the API, Swagger 2.0, made from the data model."""

from __future__ import annotations

import copy
import functools
from typing import TYPE_CHECKING, Any, Final

from alignak_backend_client.model import Link, Resource, public_resources
from alignak_backend_embedded.api.endpoints.service import BACKEND_VERSION
from alignak_backend_embedded.api.limits import MAX_DELETIONS
from alignak_backend_embedded.domain.rights import ACTIONS

if TYPE_CHECKING:
    from alignak_backend_client.model.descriptions import FieldDescription, ResourceDescription

_TYPES: Final[dict[str, dict[str, Any]]] = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "float": {"type": "number"},
    "boolean": {"type": "boolean"},
    "dict": {"type": "object"},
    "list": {"type": "array", "items": {}},
    "objectid": {"type": "string", "pattern": "^[0-9a-f]{24}$"},
    "point": {
        "type": "object",
        "properties": {
            "type": {"type": "string", "enum": ["Point"]},
            "coordinates": {"type": "array", "items": {"type": "number"}},
        },
    },
}
_LIMITS: Final = {"min": "minimum", "max": "maximum", "minlength": "minLength", "maxlength": "maxLength"}
_REGEX: Final = {"regex": "pattern"}
_AUTOMATIC: Final[dict[str, Any]] = {
    "_id": {"type": "string", "pattern": "^[0-9a-f]{24}$"},
    "_created": {"type": "string", "description": "RFC 1123 date, UTC", "readOnly": True},
    "_updated": {"type": "string", "description": "RFC 1123 date, UTC", "readOnly": True},
    "_etag": {"type": "string", "readOnly": True},
}
_PARAMETERS: Final[dict[str, Any]] = {
    "where": {"name": "where", "in": "query", "type": "string", "description": 'filter: MongoDB\'s JSON, or name=="x"'},
    "sort": {"name": "sort", "in": "query", "type": "string", "description": "fields, a leading - for descending"},
    "page": {"name": "page", "in": "query", "type": "integer", "minimum": 1},
    "max_results": {"name": "max_results", "in": "query", "type": "integer", "minimum": 1},
    "projection": {"name": "projection", "in": "query", "type": "string", "description": 'such as {"name": 1}'},
    "embedded": {"name": "embedded", "in": "query", "type": "string", "description": 'such as {"_realm": 1}'},
    "id": {"name": "id", "in": "path", "required": True, "type": "string", "pattern": "^[0-9a-f]{24}$"},
    "if_match": {"name": "If-Match", "in": "header", "required": True, "type": "string", "description": "the _etag"},
}
_ERRORS: Final = {
    400: "malformed request",
    401: "not logged in, or no right",
    403: "the user may not submit commands",
    404: "no such item, or not visible",
    409: "conflict",
    412: "another version, or refused by a rule (plain text)",
    422: "invalid fields",
    429: "too many failed logins: wait as long as Retry-After says",
    428: "If-Match is missing",
}


def _field(rules: dict[str, Any], link: Link | None) -> dict[str, Any]:
    found = copy.deepcopy(_TYPES[rules["type"]])
    inner = rules.get("schema")
    if rules["type"] == "list" and isinstance(inner, dict):
        found["items"] = copy.deepcopy(_TYPES[inner["type"]])
    for name, theirs in {**_LIMITS, **_REGEX}.items():
        if name in rules:
            found[theirs] = rules[name]
    if "allowed" in rules:
        (found if rules["type"] != "list" else found["items"])["enum"] = list(rules["allowed"])
    default = rules.get("default")
    # Some defaults of the data model hold values that it does not allow.
    listed = default if isinstance(default, list) else [default]
    if default is not None and ("allowed" not in rules or set(listed) <= set(rules["allowed"])):
        found["default"] = copy.deepcopy(rules["default"])
    # The root of a tree has no parent, and a parent that the caller may not see is not shown.
    if rules.get("nullable") or (link is not None and link.field == "_parent"):
        found["x-nullable"] = True
    return found


def _in_words(words: FieldDescription, link: Link | None) -> str:
    parts = [words.description]
    if words.unit:
        parts.append(f"In {words.unit}.")
    if words.values:
        parts.append("; ".join(f"`{value}`: {meaning}" for value, meaning in words.values.items()) + ".")
    if link is not None:
        parts.append(f"The ids of {link.resource} items." if link.many else f"The id of a {link.resource}.")
    return " ".join(parts)


def _definition(resource: Resource, words: ResourceDescription) -> dict[str, Any]:
    fields = {name: _field(rules, resource.links.get(name)) for name, rules in resource.fields.items()}
    properties: dict[str, Any] = {**fields, **copy.deepcopy(_AUTOMATIC)}
    for name, schema in properties.items():
        schema["description"] = _in_words(words.fields[name], resource.links.get(name))
    found: dict[str, Any] = {"type": "object", "description": words.description, "properties": properties}
    if resource.required:
        found["required"] = list(resource.required)
    return found


def _responses(success: int, text: str, schema: dict[str, Any] | None, *codes: int) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": text}
    if schema is not None:
        answer["schema"] = schema
    errors = {str(code): {"description": _ERRORS[code]} for code in codes}
    return {str(success): answer, **errors}


def _page(name: str) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "_items": {"type": "array", "items": {"$ref": f"#/definitions/{name}"}},
            "_links": {"type": "object"},
            "_meta": {"type": "object"},
        },
    }


def _operation(verb: str, name: str, summary: str, parameters: list[Any], responses: dict[str, Any]) -> dict[str, Any]:
    return {
        "operationId": f"{verb}_{name}",
        "summary": summary,
        "tags": [name],
        "parameters": parameters,
        "responses": responses,
    }


def _refs(*names: str) -> list[Any]:
    return [{"$ref": f"#/parameters/{name}"} for name in names]


def _body(name: str) -> dict[str, Any]:
    return {"name": "body", "in": "body", "required": True, "schema": {"$ref": f"#/definitions/{name}"}}


def _paths(resource: Resource) -> dict[str, Any]:
    name = resource.name
    written = {"$ref": "#/definitions/Written"}
    query = _refs("where", "sort", "page", "max_results", "projection", "embedded")
    item = _refs("id", "if_match")
    collection = {
        "get": _operation(
            "list", name, f"A page of {name} items", query, _responses(200, "a page", _page(name), 400, 401)
        ),
        "post": _operation(
            "create",
            name,
            f"Create a {name}, or a list of them",
            [_body(name)],
            _responses(201, "created", written, 400, 401, 409, 412, 422),
        ),
        "delete": _operation("clear", name, f"Delete every {name}", [], _responses(204, "deleted", None, 401)),
    }
    single = {
        "get": _operation(
            "get",
            name,
            f"One {name}",
            _refs("id", "projection", "embedded"),
            _responses(200, "the item", {"$ref": f"#/definitions/{name}"}, 400, 401, 404),
        ),
        "patch": _operation(
            "change",
            name,
            f"Change fields of a {name}",
            [*item, _body(f"{name}_changes")],
            _responses(200, "changed", written, 400, 401, 404, 412, 422, 428),
        ),
        "delete": _operation(
            "delete", name, f"Delete a {name}", item, _responses(204, "deleted", None, 401, 404, 409, 412, 428)
        ),
    }
    named = {
        "type": "object",
        "required": ["_id", "_etag"],
        "properties": {"_id": copy.deepcopy(_AUTOMATIC["_id"]), "_etag": {"type": "string", "minLength": 1}},
    }
    deletion = _operation(
        "delete_many",
        name,
        f"Delete {name} items, each as by a DELETE of its own",
        [
            {
                "name": "body",
                "in": "body",
                "required": True,
                "schema": {"type": "array", "minItems": 1, "maxItems": MAX_DELETIONS, "items": named},
            }
        ],
        _responses(200, "what became of each", {"$ref": "#/definitions/Deleted"}, 400, 401),
    )
    if resource.name in ACTIONS:
        for writing in (collection["post"], collection["delete"], single["patch"], single["delete"], deletion):
            writing["responses"]["403"] = {"description": _ERRORS[403]}
    replaced = _responses(200, "replaced", written, 400, 401, 404, 412, 422, 428)
    if "PUT" in resource.item_methods:
        single["put"] = _operation(
            "replace",
            name,
            f"Replace a {name}",
            [*item, _body(name)],
            {**replaced, "201": {"description": "created under this id", "schema": written}},
        )
    return {f"/{name}": collection, f"/{name}/{{id}}": single, f"/{name}/delete": {"post": deletion}}


def _service_paths() -> dict[str, Any]:
    login = {
        "name": "body",
        "in": "body",
        "required": True,
        "schema": {
            "type": "object",
            "required": ["username", "password"],
            "properties": {
                "username": {"type": "string"},
                "password": {"type": "string", "format": "password"},
                "action": {"type": "string", "enum": ["generate"]},
            },
        },
    }
    token = {"type": "object", "properties": {"token": {"type": "string"}}}
    logged_in = _responses(200, "the token", token, 400, 401, 429)
    post_login = _operation("login", "session", "Get a token", [login], logged_in)
    logout = _operation("logout", "session", "Log out", [], _responses(200, "ok", None))
    plain = {
        path: {"get": {**_operation("get", path, text, [], _responses(200, text, {"type": "object"})), "security": []}}
        for path, text in (("backendconfig", "Page sizes"), ("version", "Version of the backend"))
    }
    found = {"/login": {"post": {**post_login, "security": []}}, "/logout": {"post": {**logout, "security": []}}}
    return {**found, **{f"/{path}": methods for path, methods in plain.items()}}


@functools.cache
def document() -> dict[str, Any]:
    """Return the description of the whole API."""
    # Few processes are asked for it.
    from alignak_backend_client.model.descriptions import descriptions_by_resource

    resources = public_resources().values()
    words = descriptions_by_resource()
    definitions: dict[str, Any] = {
        "Written": {
            "type": "object",
            "properties": {**copy.deepcopy(_AUTOMATIC), "_links": {"type": "object"}, "_status": {"type": "string"}},
        },
        "Deleted": {
            "type": "object",
            "properties": {
                "_status": {"type": "string"},
                "_items": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "_id": copy.deepcopy(_AUTOMATIC["_id"]),
                            "_status": {"type": "string"},
                            "_error": {"type": "object"},
                        },
                    },
                },
            },
        },
    }
    paths = _service_paths()
    for resource in resources:
        full = _definition(resource, words[resource.name])
        definitions[resource.name] = full
        definitions[f"{resource.name}_changes"] = {"type": "object", "properties": full["properties"]}
        paths.update(_paths(resource))
    return {
        "swagger": "2.0",
        "info": {"title": "Alignak backend", "version": BACKEND_VERSION},
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "securityDefinitions": {"token": {"type": "basic", "description": "the token as user name, any password"}},
        "security": [{"token": []}],
        "parameters": copy.deepcopy(_PARAMETERS),
        "paths": paths,
        "definitions": definitions,
    }
