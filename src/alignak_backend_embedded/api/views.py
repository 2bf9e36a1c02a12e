"""The views of collections and items: authenticate, then read, or write in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from bson import ObjectId
from flask import Flask, Response, current_app, request

from alignak_backend_client.model import public_resources
from alignak_backend_embedded.api import deleting, reading, writes
from alignak_backend_embedded.api.auth import authenticate
from alignak_backend_embedded.api.errors import MethodNotAllowedError
from alignak_backend_embedded.api.reading import Answer
from alignak_backend_embedded.api.rendering import Text
from alignak_backend_embedded.domain.context import store
from alignak_backend_embedded.rules.actions import check_allowed


def _in_transaction(write: Callable[..., Answer], *arguments: Any) -> Answer:
    """Run a write with everything that follows from it. An exception takes all of it back."""
    with store().transaction():
        return write(*arguments)


def respond(resource: str, answer: Answer) -> Response:
    """Render an answer the way that the request asks for."""
    from eve.render import send_response

    found: Response = send_response(resource, answer)
    items = answer[0].get("_items") if isinstance(answer[0], dict) else None
    if isinstance(items, Text):
        items.put_into(found)
    if found.status_code in (204, 304):
        found.set_data(b"")
    return found


def _checked_method(methods: Iterable[str]) -> str:
    """Return the method of the request.

    Raises:
        MethodNotAllowedError: the resource has no such method.
    """
    allowed = [*methods, "HEAD", "OPTIONS"]
    if request.method not in allowed:
        raise MethodNotAllowedError(allowed)
    return request.method


def _options(methods: Iterable[str]) -> Response:
    response = Response()
    response.allow.update([*methods, "HEAD", "OPTIONS"])
    return response


def collection_view(resource: str) -> Response:
    """Answer any method on ``/<resource>``."""
    methods = public_resources()[resource].collection_methods
    method = _checked_method(methods)
    if method == "OPTIONS":
        return _options(methods)
    authenticate()
    check_allowed(resource, method)
    match method:
        case "GET" | "HEAD":
            answer = reading.collection(resource)
        case "POST":
            answer = _in_transaction(writes.post, resource)
        case _:
            answer = _in_transaction(writes.delete_all, resource)
    return respond(resource, answer)


def item_view(resource: str, _id: str) -> Response:
    """Answer any method on ``/<resource>/<id>``."""
    methods = public_resources()[resource].item_methods
    method = _checked_method(methods)
    if method == "OPTIONS":
        return _options(methods)
    authenticate()
    check_allowed(resource, method)
    item = ObjectId(_id)
    match method:
        case "GET" | "HEAD":
            answer = reading.item(resource, item)
        case "PATCH":
            answer = _in_transaction(writes.patch, resource, item)
        case "PUT":
            answer = _in_transaction(writes.put, resource, item)
        case _:
            answer = _in_transaction(writes.delete_item, resource, item)
    return respond(resource, answer)


def deletion_view(resource: str) -> Response:
    """Answer ``POST /<resource>/delete``."""
    if request.method == "OPTIONS":
        response = Response()
        response.allow.update(["POST", "OPTIONS"])
        return response
    if request.method != "POST":
        raise MethodNotAllowedError(["POST", "OPTIONS"])
    authenticate()
    check_allowed(resource, "DELETE")
    return respond(resource, _in_transaction(deleting.delete_many, resource))


def home_view() -> Response:
    """Answer ``/``: the resources."""
    if request.method == "OPTIONS":
        return current_app.make_default_options_response()
    authenticate()
    links = [{"href": name, "title": name} for name in public_resources()]
    return respond("", ({"_links": {"child": links}}, None, None, 200, None))


def install(app: Flask) -> None:
    """Add the views: three rules for all resources, where Eve would have made three for each."""
    names = ",".join(public_resources())
    app.view_functions["home"] = home_view
    every = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    item = f'/<any({names}):resource>/<regex("[a-f0-9]{{24}}"):_id>'
    rules: dict[str, Callable[..., Response]] = {
        f"/<any({names}):resource>": collection_view,
        f"/<any({names}):resource>/delete": deletion_view,
        item: item_view,
    }
    for rule, view in rules.items():
        app.add_url_rule(rule, rule, view, methods=every, provide_automatic_options=False)
