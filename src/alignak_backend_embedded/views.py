"""The views of collections and items: authenticate, then read, or write in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bson import ObjectId
from flask import Flask, Response, current_app, request
from werkzeug.exceptions import MethodNotAllowed

from alignak_backend_client.model import public_resources
from alignak_backend_embedded import reading, writes
from alignak_backend_embedded.auth import authenticate
from alignak_backend_embedded.context import store
from alignak_backend_embedded.reading import Answer
from alignak_backend_embedded.rules.actions import check_allowed


def _in_transaction(write: Callable[..., Answer], *arguments: Any) -> Answer:
    """Run a write with everything that follows from it. An exception takes all of it back."""
    with store().transaction():
        return write(*arguments)


def respond(resource: str, answer: Answer) -> Response:
    """Render an answer the way that the request asks for."""
    from eve.render import send_response

    found: Response = send_response(resource, answer)
    if found.status_code in (204, 304):
        found.set_data(b"")
    return found


def _resource() -> str:
    return (request.endpoint or "").split("|")[0]


def collection_view() -> Response:
    """Answer any method on ``/<resource>``."""
    resource, method = _resource(), request.method
    if method == "OPTIONS":
        return current_app.make_default_options_response()
    authenticate()
    check_allowed(resource, method)
    match method:
        case "GET" | "HEAD":
            answer = reading.collection(resource)
        case "POST":
            answer = _in_transaction(writes.post, resource)
        case "DELETE":
            answer = _in_transaction(writes.delete_all, resource)
        case _:
            raise MethodNotAllowed
    return respond(resource, answer)


def item_view(_id: str) -> Response:
    """Answer any method on ``/<resource>/<id>``."""
    resource, method = _resource(), request.method
    if method == "OPTIONS":
        return current_app.make_default_options_response()
    if method == "POST":  # Eve makes the URL for X-HTTP-Method-Override, which has been heeded by now
        raise MethodNotAllowed
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
        case "DELETE":
            answer = _in_transaction(writes.delete_item, resource, item)
        case _:
            raise MethodNotAllowed
    return respond(resource, answer)


def home_view() -> Response:
    """Answer ``/``: the resources."""
    if request.method == "OPTIONS":
        return current_app.make_default_options_response()
    authenticate()
    links = [{"href": name, "title": name} for name in public_resources()]
    return respond("", ({"_links": {"child": links}}, None, None, 200, None))


def install(app: Flask) -> None:
    """Put these views in the place of Eve's, behind the URLs that Eve made."""
    for endpoint in list(app.view_functions):
        if endpoint == "home":
            app.view_functions[endpoint] = home_view
        elif endpoint.endswith("|resource"):
            app.view_functions[endpoint] = collection_view
        elif "|item" in endpoint:
            app.view_functions[endpoint] = item_view
