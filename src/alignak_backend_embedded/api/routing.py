"""Routing: from path and method to a view."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import unquote

from alignak_backend_client.model import resources_by_name
from alignak_backend_client.model.ids import is_canonical_id
from alignak_backend_embedded.api.authentication import authenticate
from alignak_backend_embedded.api.body import is_large
from alignak_backend_embedded.api.call import Answer, Call
from alignak_backend_embedded.api.errors import MethodNotAllowedError
from alignak_backend_embedded.api.http import Response
from alignak_backend_embedded.domain.errors import NotFoundError
from alignak_backend_embedded.domain.rights import ACTIONS
from alignak_backend_embedded.store.object_id import ObjectId

View = Callable[[Call], Answer | Response]

_READING: Final = ("GET", "HEAD", "OPTIONS")
_POSTING: Final = ("POST", "OPTIONS")
_NOTHING_TO_DO: Final = frozenset({"cron_alignak", "cron_timeseries", "cron_grafana"})


class _Route:
    """A path: its methods, and the view for all of them except OPTIONS."""

    def __init__(self, methods: Sequence[str], view: View) -> None:
        self.methods = methods
        self.view = view


def respond_to(call: Call) -> Answer | Response:
    """Return the result of the view for the request.

    Raises:
        NotFoundError: there is no such path.
        MethodNotAllowedError: the path does not have this method.
    """
    segments = [segment for segment in unquote(call.request.path, errors="replace").split("/") if segment]
    route = _route(segments)
    if route is None:
        if call.method == "OPTIONS":
            return Response(200, [])
        raise NotFoundError
    if call.method == "OPTIONS":
        return Response(200, [("Allow", ", ".join(route.methods))])
    if call.method not in route.methods:
        raise MethodNotAllowedError(route.methods)
    return route.view(call)


def _route(segments: list[str]) -> _Route | None:
    match segments:
        case []:
            from alignak_backend_embedded.api.endpoints.service import home

            return _Route(_READING, home)
        case ["docs" | "api-docs", *_]:
            return _documentation(segments)
        case [name]:
            return _endpoint(name) or _collection(name)
        case [resource, "delete"] if _is_public(resource):
            return _Route(_POSTING, lambda call: _delete_many(call, resource))
        case [resource, identifier] if _is_public(resource) and is_canonical_id(identifier):
            methods = (*resources_by_name()[resource].item_methods, "HEAD", "OPTIONS")
            return _Route(methods, lambda call: _item(call, resource, ObjectId(identifier)))
    return None


def _documentation(segments: list[str]) -> _Route | None:
    from alignak_backend_embedded.api.endpoints import docs

    match segments:
        case ["docs"]:
            return _Route(_READING, docs.docs)
        case ["docs", name]:
            return _Route(_READING, lambda call: docs.docs_file(call, name))
        case ["api-docs"]:
            return _Route(_READING, docs.api_docs)
    return None


def _endpoint(name: str) -> _Route | None:
    if name in ("login", "logout"):
        from alignak_backend_embedded.api.endpoints import login

        return _Route(_POSTING, login.login if name == "login" else login.logout)
    from alignak_backend_embedded.api.endpoints import service

    if name in _NOTHING_TO_DO:
        return _Route(_READING, service.nothing_to_do)
    view: View | None = {
        "version": service.version,
        "backendconfig": service.backendconfig,
        "cron_livesynthesis_history": service.cron_livesynthesis_history,
    }.get(name)
    return None if view is None else _Route(_READING, view)


def _is_public(resource: str) -> bool:
    found = resources_by_name().get(resource)
    return found is not None and not found.internal


def _collection(resource: str) -> _Route | None:
    if not _is_public(resource):
        return None
    methods = (*resources_by_name()[resource].collection_methods, "HEAD", "OPTIONS")
    return _Route(methods, lambda call: _answer_collection(call, resource))


def _log_in(call: Call, resource: str, method: str) -> None:
    """Authenticate the request; actions are only for users who may submit commands."""
    caller = authenticate(call)
    if is_large(call.request.body):
        call.wait_for_memory()
    if resource in ACTIONS:
        from alignak_backend_embedded.rules.actions import check_allowed

        check_allowed(caller, resource, method)


def _answer_collection(call: Call, resource: str) -> Answer:
    _log_in(call, resource, call.method)
    if call.method in _READING:
        from alignak_backend_embedded.api.resources import reads

        return reads.collection(call, resource)
    from alignak_backend_embedded.api.resources import writes

    with call.context.store.transaction():
        return (writes.post if call.method == "POST" else writes.delete_all)(call, resource)


def _item(call: Call, resource: str, identifier: ObjectId) -> Answer:
    _log_in(call, resource, call.method)
    if call.method in _READING:
        from alignak_backend_embedded.api.resources import reads

        return reads.item(call, resource, identifier)
    from alignak_backend_embedded.api.resources import writes

    write = {"PATCH": writes.patch, "PUT": writes.put}.get(call.method, writes.delete_item)
    with call.context.store.transaction():
        return write(call, resource, identifier)


def _delete_many(call: Call, resource: str) -> Answer:
    _log_in(call, resource, "DELETE")
    from alignak_backend_embedded.api.resources.bulk_deletion import delete_many

    with call.context.store.transaction():
        return delete_many(call, resource)
