"""Creating, changing and deleting items exactly once; without I/O.

If the response to a write is lost, the client determines its outcome before it sends anything again: new items have ids
made by the client, and changes have the ``_etag`` that they apply to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from alignak_backend_client._core.operations import (
    Body,
    build,
    decode,
    decode_object,
    get,
    make_response,
    request,
)
from alignak_backend_client._core.paging import get_all
from alignak_backend_client._core.protocol import Operation, Request
from alignak_backend_client._core.responses import Response
from alignak_backend_client._core.session import Session
from alignak_backend_client._core.urls import check_mapping
from alignak_backend_client.exceptions import BackendException, connection_failed, misuse
from alignak_backend_client.model import public_resources
from alignak_backend_client.model.ids import is_object_id, new_object_id

_ANSWERED: Final = ("_id", "_created", "_updated", "_etag", "_links")
"""Fields of the response to a write, without the status."""

_IDS_PER_QUERY: Final = 80


def post(session: Session, endpoint: str, data: Any, headers: Mapping[str, str] | None) -> Operation[Body]:
    """Create an item, or several at once, and return the backend's response for them."""
    response = yield from send_new(session, endpoint, data, headers)
    return _decode_accepted(response) if _are_items(endpoint, data) else decode(response)


def send_new(session: Session, endpoint: str, data: Any, headers: Mapping[str, str] | None) -> Operation[Response]:
    """Send an item, or several at once, and return the response, which may reject some of them."""
    if not _are_items(endpoint, data):
        return (yield from request(session, "POST", endpoint, json=data, headers=headers))
    # The backend keeps ids in lower case.
    items = [
        {**item, "_id": str(item.get("_id") or new_object_id()).lower()}
        for item in (data if isinstance(data, list) else [data])
    ]
    pending = _Pending(session, endpoint, items, headers)
    sent = items if isinstance(data, list) else items[0]
    response = yield from request(
        session, "POST", endpoint, json=sent, headers=headers, settle=pending.settle, expect_json=True
    )
    if pending.partly and response.ok:
        # The response is about the rest only.
        found = yield from pending.find()
        response = pending.answer(found)
    return response


def _decode_accepted(response: Response, identity: str | None = None) -> Body:
    """Return the decoded answer to a write that the backend has accepted.

    Args:
        response: the answer.
        identity: the item that was to be written, where it is known.

    Raises:
        BackendException: as :func:`decode_object` says; code 422 if a success status has an error in the body; code
            1000 for the response about another item.
    """
    body = decode_object(response)
    items = body.get("_items")
    verdicts = [body, *(items if isinstance(items, list) else ())]
    if any(isinstance(one, dict) and one.get("_status") == "ERR" for one in verdicts):
        message = f"The backend answers {response.status_code}, but rejects what was sent to {response.url}"
        raise BackendException(422, message, response)
    results = body.get("_id")
    if identity is not None and is_object_id(identity) and results is not None and results != identity.lower():
        raise connection_failed(f"The response of {response.url} is about another item: {results!r}")
    return body


def _are_items(endpoint: str, data: Any) -> bool:
    """Return True for an item or a list of items whose ids, if any, are valid and different."""
    items = data if isinstance(data, list) else [data]
    if (
        endpoint.strip("/") not in public_resources()
        or not items
        or not all(isinstance(item, Mapping) for item in items)
    ):
        return False
    ids = [item["_id"] for item in items if "_id" in item]
    return all(isinstance(one, str) and is_object_id(one) for one in ids) and len({*map(str.lower, ids)}) == len(ids)


class _Pending:
    """New items that were sent, and may have to be looked up after a lost response."""

    def __init__(
        self, session: Session, endpoint: str, items: Sequence[Body], headers: Mapping[str, str] | None
    ) -> None:
        self._session = session
        self._endpoint = endpoint.strip("/")
        self._items = items
        self._headers = headers
        self.partly = False

    def settle(self) -> Operation[Response | Request | None]:
        """Return the response if all items exist, otherwise a request for the missing ones."""
        found = yield from self.find()
        if len(found) == len(self._items):
            return self.answer(found)
        if not found:
            return None
        self.partly = True
        missing = [item for item in self._items if item["_id"] not in found]
        return build(self._session, "POST", self._endpoint, json=missing, headers=self._headers)

    def find(self) -> Operation[dict[str, Body]]:
        """Return the items that exist in the backend, by id."""
        ids = [item["_id"] for item in self._items]
        found: dict[str, Body] = {}
        for start in range(0, len(ids), _IDS_PER_QUERY):
            some = ids[start : start + _IDS_PER_QUERY]
            body = yield from get(
                self._session, self._endpoint, {"where": {"_id": {"$in": some}}, "max_results": len(some)}
            )
            found.update(_by_id(body))
            if len(found) < len(some) and len(some) > 1:
                # A small page limit may hide some of them.
                for identity in (one for one in some if one not in found):
                    body = yield from get(self._session, self._endpoint, {"where": {"_id": identity}})
                    found.update(_by_id(body))
        return found

    def answer(self, found: Mapping[str, Body]) -> Response:
        """Return the backend's response to the creation of the items."""
        results = [_write_result(found.get(item["_id"], item)) for item in self._items]
        body: Body = results[0] if len(results) == 1 else {"_status": "OK", "_items": results}
        return make_response(self._session, 201, self._endpoint, body)


def find_existing(session: Session, endpoint: str, ids: Sequence[str]) -> Operation[set[str]]:
    """Return the ids that exist in the backend."""
    found: set[str] = set()
    for start in range(0, len(ids), _IDS_PER_QUERY):
        some = ids[start : start + _IDS_PER_QUERY]
        params = {"where": {"_id": {"$in": some}}, "max_results": len(some)}
        found |= {item["_id"] for item in (yield from get_all(session, endpoint, params))["_items"]}
    return found


def _by_id(body: Body) -> dict[str, Body]:
    items = body.get("_items")
    if not isinstance(items, list):
        return {}
    return {item["_id"]: item for item in items if isinstance(item, dict) and isinstance(item.get("_id"), str)}


def _write_result(item: Body) -> Body:
    """Return the backend's response for an item that was written."""
    return {name: item[name] for name in _ANSWERED if name in item} | {"_status": "OK"}


def delete(session: Session, endpoint: str, headers: Mapping[str, str] | None) -> Operation[Body]:
    """Delete an item (``If-Match`` in the headers) or all items of a resource."""
    check_mapping({} if headers is None else headers, "Headers are", "If-Match")
    etag = etag_of(headers or {})

    def settle() -> Operation[Response | Request | None]:
        if etag is None:
            return None  # all items of a resource: deleting them again deletes what is left
        response = yield from request(session, "GET", endpoint, expect_json=True)
        if response.status_code == 404:
            return Response(204, "NO CONTENT", response.url, {}, b"")
        return None  # still there: the backend compares the tag once more

    response = yield from request(session, "DELETE", endpoint, headers=headers, settle=settle, expect_json=True)
    return {"_status": "OK"} if response.status_code == 204 else {"_status": "OK"} | _decode_accepted(response)


def update(
    session: Session,
    method: str,
    endpoint: str,
    data: Any,
    headers: Mapping[str, str] | None,
    inception: bool,
) -> Operation[Body]:
    """PATCH or PUT an item; with ``inception`` a changed ``_etag`` is read again, once."""
    if not headers:
        raise misuse("Header If-Match required for patching an object")
    response = yield from _send_change(session, method, endpoint, data, headers)
    if response.status_code == 412 and inception:
        item = yield from get(session, endpoint)
        etag = item.get("_etag")
        # The same tag: the backend rejected the change itself, and would again.
        if isinstance(etag, str) and etag != etag_of(headers):
            others = {name: value for name, value in headers.items() if name.lower() != "if-match"}
            response = yield from _send_change(session, method, endpoint, data, {**others, "If-Match": etag})
    return _decode_accepted(response, endpoint.rpartition("/")[2])


def _send_change(
    session: Session, method: str, endpoint: str, data: Any, headers: Mapping[str, str]
) -> Operation[Response]:
    """Send a change; if the response is lost, determine whether it was carried out."""

    def settle() -> Operation[Response | Request | None]:
        try:
            item = yield from get(session, endpoint)
        except BackendException as error:
            if error.code == 404:
                return None
            raise
        if item.get("_etag") != etag_of(headers) and _holds(endpoint, item, data):
            return make_response(session, 200, endpoint, _write_result(item))
        return None  # not carried out, or others changed it: the backend compares the tag once more

    return (yield from request(session, method, endpoint, json=data, headers=headers, settle=settle, expect_json=True))


def _holds(endpoint: str, item: Body, data: Any) -> bool:
    """Return True if an item has the values of a change; values that cannot be read back count as equal."""
    if not isinstance(data, Mapping):
        return False
    resource = public_resources().get(endpoint.strip("/").partition("/")[0])
    hidden = frozenset() if resource is None else resource.hidden
    return all(name in hidden or _same(item.get(name), value) for name, value in data.items())


def _same(stored: Any, sent: Any) -> bool:
    """Return True if a stored value is the sent one: objects are merged, and texts may become numbers or ids."""
    if isinstance(stored, dict) and isinstance(sent, Mapping):
        return all(_same(stored.get(name), value) for name, value in sent.items())  # null removes a key
    if isinstance(stored, list) and isinstance(sent, list):
        return len(stored) == len(sent) and all(map(_same, stored, sent))
    if isinstance(stored, str) and isinstance(sent, str):
        return stored == sent or (is_object_id(sent) and stored == sent.lower())
    if isinstance(stored, bool) and isinstance(sent, str):
        return sent.lower() in (("true", "1") if stored else ("false", "0"))
    if isinstance(stored, int | float) and isinstance(sent, str):
        return sent.strip() == str(stored)
    return bool(stored == sent)


def etag_of(headers: Mapping[str, str]) -> str | None:
    """Return the etag of a conditional write; the case of names of headers does not matter."""
    return next((value for key, value in headers.items() if key.lower() == "if-match"), None)
