"""Writes against a backend that is a dictionary, with any sequence of faults: written once, or an error is raised.

The operations are driven directly, without a network or pauses, so thousands of sequences take seconds.
`FAULTS_EXAMPLES=20000` makes the run long.
"""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignak_backend_client import BackendException, Change
from alignak_backend_client._core import bulk, bulk_deletion, writes
from alignak_backend_client._core.protocol import Request, TransportFailure
from alignak_backend_client._core.responses import Response
from core.driving import Driver, session

EXAMPLES = int(os.environ.get("FAULTS_EXAMPLES", "300"))
ROOT = "http://backend.test"
Body = dict[str, Any]

FAULTS = (
    "not_reached",  # no connection
    "lost_before",  # the request got lost
    "lost_after",  # carried out, the answer got lost
    "late",  # the answer is lost, and the request carried out when the next one was
    "half",  # of a list only a part is stored, then the connection breaks
    "busy_before",
    "busy_after",
    "error_500",
    "page_after",  # 200 with the page of a proxy
    "other_changes",  # somebody changes the item first
    "other_changes_after",  # carried out, the answer lost, and then somebody changes the item
)


class Model:
    """A backend of one resource, and the faults on the way to it, one for each request; none at the end."""

    def __init__(self, faults: list[str | None], page: int = 50) -> None:
        self.items: dict[str, Body] = {}
        self.created: list[str] = []
        self.requests = 0
        self._faults = list(faults)
        self._late: list[Request] = []
        self._page = page
        self._etags = 0

    def etag(self) -> str:
        self._etags += 1
        return f"etag-{self._etags}"

    def send(self, request: Request) -> Response | TransportFailure:
        self.requests += 1
        assert self.requests < 3000, "too many requests"
        fault = self._faults.pop(0) if self._faults else None
        late, self._late = self._late, []
        answer = self._with(fault, request)
        for one in late:
            self.serve(one)
        return answer

    def _with(self, fault: str | None, request: Request) -> Response | TransportFailure:
        lost = TransportFailure("lost", reached=True)
        match fault:
            case "not_reached":
                return TransportFailure("no connection", reached=False)
            case "lost_before":
                return lost
            case "lost_after":
                self.serve(request)
                return lost
            case "late":
                self._late.append(request)
                return lost
            case "half":
                self._store_half(request)
                return lost
            case "busy_before":
                return self.reply(503, b"busy")
            case "busy_after":
                self.serve(request)
                return self.reply(502, b"bad gateway")
            case "error_500":
                self.serve(request)
                return self.reply(500, b"error")
            case "page_after":
                self.serve(request)
                return self.reply(200, b"<html>welcome</html>")
            case "other_changes":
                self.others()
            case "other_changes_after":
                self.serve(request)
                self.others()
                return lost
        return self.serve(request)

    def others(self) -> None:
        """Somebody changes the notes of every item."""
        for item in self.items.values():
            item |= {"notes": f"theirs {self._etags}", "_etag": self.etag()}

    def _store_half(self, request: Request) -> None:
        body = json.loads(request.content or b"null")
        if request.method == "POST" and isinstance(body, list):
            for item in body[: len(body) // 2]:
                self._create(item)

    def _create(self, item: Body) -> bool:
        if item["_id"] in self.items:
            return False
        assert item["_id"] == item["_id"].lower()
        self.items[item["_id"]] = {**item, "_etag": self.etag()}
        self.created.append(item["_id"])
        return True

    def reply(self, status: int, body: Any) -> Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return Response(status, "reply", ROOT, {}, content)

    def serve(self, request: Request) -> Response:
        """Carry a request out."""
        parts = urlsplit(request.url)
        identity = unquote(parts.path).removeprefix("/command").strip("/")
        body = json.loads(request.content) if request.content else None
        if request.method == "POST":
            return self._post(body)
        if not identity:
            return self._list(parse_qs(parts.query))
        item = self.items.get(identity)
        if item is None:
            return self.reply(404, {"_error": {"code": 404, "message": "gone"}})
        if request.method == "GET":
            return self.reply(200, item)
        if request.headers["If-Match"] != item["_etag"]:
            return self.reply(412, {"_error": {"code": 412, "message": "changed"}})
        if request.method == "DELETE":
            del self.items[identity]
            return self.reply(204, b"")
        if request.method == "PUT":
            self.items[identity] = item = {"_id": identity, "name": item["name"]}
        item |= {**(body or {}), "_etag": self.etag()}
        return self.reply(200, {"_id": identity, "_etag": item["_etag"], "_status": "OK"})

    def _post(self, body: Any) -> Response:
        items = body if isinstance(body, list) else [body]
        if not items:
            return self.reply(400, {"_error": {"code": 400, "message": "empty"}})
        if any(item["_id"] in self.items for item in items):
            return self.reply(409, {"_error": {"code": 409, "message": "doubled"}})
        for item in items:
            self._create(item)
        answers = [{"_id": item["_id"], "_etag": self.items[item["_id"]]["_etag"], "_status": "OK"} for item in items]
        return self.reply(201, answers[0] if len(answers) == 1 else {"_status": "OK", "_items": answers})

    def _list(self, query: dict[str, list[str]]) -> Response:
        where = json.loads(query["where"][0])
        wanted = where["_id"]["$in"] if isinstance(where["_id"], dict) else [where["_id"]]
        found = [self.items[one] for one in wanted if one in self.items]
        size = min(self._page, int(query.get("max_results", ["25"])[0]))
        return self.reply(200, {"_items": found[:size], "_meta": {"total": len(found)}})


def drive(model: Model, operation: Any) -> Any:
    """Run an operation on a model, without pauses."""
    return Driver(model.send).run(operation)


FAULT_LISTS = st.lists(st.sampled_from([None, *FAULTS]), max_size=14)
RETRIES = st.integers(0, 6)
IDS = st.lists(st.integers(1, 10**6), min_size=1, max_size=9, unique=True)


def _items(numbers: list[int], upper: bool) -> list[Body]:
    ids = [f"{number:024x}" for number in numbers]
    return [{"_id": one.upper() if upper else one, "name": f"n{one}", "notes": "ours"} for one in ids]


@settings(max_examples=EXAMPLES, deadline=None)
@given(FAULT_LISTS, RETRIES, IDS, st.booleans(), st.booleans(), st.sampled_from([2, 50]))
def test_items_are_created_once_or_reported(
    faults: list[str | None], retries: int, numbers: list[int], upper: bool, many: bool, page: int
) -> None:
    model = Model(faults, page)
    items = _items(numbers, upper)
    wanted = {item["_id"].lower() for item in items}
    if many:
        outcomes = drive(model, bulk.create(session(retries), "command", items, 2))
        good = {outcome.id.lower() for outcome in outcomes if outcome.ok}
        assert len(outcomes) == len(items)
    else:
        try:
            body = drive(model, writes.post(session(retries), "command", items, None))
        except BackendException:
            good = set()
        else:
            results = body["_items"] if len(items) > 1 else [body]
            good = {one["_id"] for one in results}
            assert good == wanted
    assert good <= model.items.keys() <= wanted
    assert len(model.created) == len(set(model.created))
    if not any(faults):
        assert good == wanted
    assert model.requests <= 60 * (retries + 1) * (retries + 2) * len(items)


@settings(max_examples=EXAMPLES, deadline=None)
@given(FAULT_LISTS, RETRIES, st.sampled_from(["PATCH", "PUT", "many"]))
def test_items_are_changed_once_or_reported(faults: list[str | None], retries: int, how: str) -> None:
    model = Model(faults)
    (item,) = _items([1], upper=False)
    model._create(item)
    etag = model.items[item["_id"]]["_etag"]
    changes = {"notes": "new", "timeout": 5}
    here = session(retries)
    try:
        if how == "many":
            (outcome,) = drive(model, bulk.update(here, "command", [Change(item["_id"], etag, changes)], 1))
            if outcome.error is not None:
                raise outcome.error
            answer = outcome.answer
        else:
            operation = writes.update(here, how, f"command/{item['_id']}", changes, {"If-Match": etag}, False)
            answer = drive(model, operation)
    except BackendException as error:
        # A refusal means that ours is not there, unless others wrote over it.
        stored = model.items[item["_id"]]
        if error.code == 412:
            assert stored["notes"] != "new", "reported as refused, but carried out"
        return
    stored = model.items[item["_id"]]
    assert answer["_status"] == "OK"
    assert stored["timeout"] == 5, "reported as done, but not carried out"
    if answer["_etag"] == stored["_etag"]:
        assert stored["notes"] == "new"


@settings(max_examples=EXAMPLES, deadline=None)
@given(FAULT_LISTS, RETRIES, st.booleans())
def test_items_are_deleted_or_reported(faults: list[str | None], retries: int, many: bool) -> None:
    model = Model(faults)
    for item in _items([1, 2], upper=False):
        model._create(item)
    doomed, kept = (dict(item) for item in model.items.values())
    here = session(retries)
    code = 200
    try:
        if many:
            (outcome,) = drive(model, bulk_deletion.delete(here, "command", [doomed], 1))
            if outcome.error is not None:
                raise outcome.error
        else:
            drive(model, writes.delete(here, f"command/{doomed['_id']}", {"If-Match": doomed["_etag"]}))
    except BackendException as error:
        code = error.code
    there = doomed["_id"] in model.items
    if code in (200, 404):
        assert not there, "reported as deleted, but there"
    if code == 412:
        assert there
    assert kept["_id"] in model.items


class _Theirs(Model):
    """Somebody writes when the first request was lost."""

    def _with(self, fault: str | None, request: Request) -> Response | TransportFailure:
        answer = super()._with(fault, request)
        if self.requests == 1:
            for item in self.items.values():
                item |= {"notes": "READY", "_etag": self.etag()}
        return answer


def test_writes_of_others_are_not_taken_for_ours() -> None:
    """The answer to our change is lost on its way there; somebody else writes the same word in other letters."""
    model = _Theirs(["lost_before"])
    (item,) = _items([1], upper=False)
    model._create(item)
    etag = model.items[item["_id"]]["_etag"]
    change = writes.update(session(3), "PATCH", f"command/{item['_id']}", {"notes": "ready"}, {"If-Match": etag}, False)
    with pytest.raises(BackendException) as caught:
        drive(model, change)
    assert caught.value.code == 412
