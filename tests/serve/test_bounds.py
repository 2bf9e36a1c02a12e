"""What a request can make large, row by row of the table in SECURITY.md: the server lives, others are answered."""

from __future__ import annotations

import contextlib
import json
import re
import resource
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pytest

from alignak_backend_embedded.app import create_app
from alignak_backend_embedded.store.object_id import ObjectId
from serve.wire import Wire
from servers.serve import Serve

_MEMORY = 1_500_000_000
_TABLE = Path(__file__).parents[2] / "SECURITY.md"
_TOKENS = {"nobody": "", "reader": "reader-token", "writer": "writer-token", "admin": "admin-token"}
_HOSTS, _REALMS, _LEVELS = 2000, 60, 64
#: Pairs of templates, each of both below: a name leads up on as many ways as two has powers.
_TEMPLATES = [[ObjectId(), ObjectId()] for _ in range(_LEVELS)]
_MIB = 1 << 20

#: A text that takes four times as much room when it is shown.
_DELETES = b'"' + b"\x7f" * (15 * _MIB) + b'"'

#: What somebody without a login may get, whatever is sent.
_UNKNOWN = {0, 401, 413}

Sent = tuple[str, bytes]
"""Request line and further headers; body."""


def get(path: str, **parameters: object) -> Sent:
    texts = {name: v if isinstance(v, str) else json.dumps(v, separators=(",", ":")) for name, v in parameters.items()}
    query = "&".join(f"{name}={quote(text, safe='{}[]:,$')}" for name, text in texts.items())
    assert len(query) < 60_000  # else that is what is refused
    return f"GET /{path}?{query} HTTP/1.1\r\n", b""


def post(path: str, body: bytes, kind: str = "application/json") -> Sent:
    return f"POST /{path} HTTP/1.1\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n", body


def follower(name: str, level: int) -> Sent:
    return post("host", json.dumps({"name": name, "_templates": [str(item) for item in _TEMPLATES[level]]}).encode())


def change_of_the_lowest() -> Sent:
    """A change that all templates above follow."""
    body = b'{"customs":{"_A":"1"}}'
    kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nIf-Match: lowest\r\n"
    return f"PATCH /host/{_TEMPLATES[0][0]} HTTP/1.1\r\n{kind}", body


_CHAIN = [
    "_realm",
    "_realm._all_children",
    "_realm._all_children._parent",
    "_realm._all_children._parent._all_children",
]

#: By the first cell of a row: what is sent, and the statuses that one alone may get.
ATTACKS: dict[str, list[tuple[Callable[[], Sent], set[int]]]] = {
    "URL and headers": [
        (lambda: (f"GET /host?where={'x' * 65_536} HTTP/1.1\r\n", b""), {414, 431}),
        (lambda: (f"GET /host HTTP/1.1\r\nIf-Match: {'x' * 65_536}\r\n", b""), {431}),
        (lambda: ("GET /host HTTP/1.1\r\n" + "X-A: 1\r\n" * 200, b""), {431, 400}),
    ],
    "body without a login": [(lambda: post("login", b"[" + b"[]," * 22_000 + b"[]]"), {401, 413})],
    "body": [
        (lambda: (f"POST /host HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: {64 * _MIB + 1}\r\n", b""), {413}),
        (lambda: post("host", b"[" + b"[]," * (2 * _MIB) + b"[]]"), {413}),
        (lambda: post("host", b"[" + b"[]," * 499_000 + b"[]]"), {413}),
        (lambda: post("host", b'{"name":[' + b"1," * 300_000 + b"1]}"), {422}),
        (lambda: post("host", b'{"a":"' + b"x" * (20 * _MIB) + b'"}'), {400}),
    ],
    "form": [
        (lambda: post("host", b"a&" * _MIB, "application/x-www-form-urlencoded"), {413}),
        (lambda: post("host", b"--b\r\n\r\n" * 200_000, "multipart/form-data; boundary=b"), {413}),
    ],
    "nesting of a body": [(lambda: post("host", b'{"a":' * 100_000 + b"1" + b"}" * 100_000), {400, 413})],
    "items of a request": [
        (lambda: post("host", b"[" + b"1," * 500_000 + b"1]"), {413}),
        (lambda: post("host/delete", b"[" + b"1," * 500_000 + b"1]"), {400, 413}),
    ],
    "item": [
        (lambda: post("host", b'{"name":"large","notes":"' + b"x" * (17 * _MIB) + b'"}'), {400, 422}),
        (lambda: post("host", b'{"name":"' + b"x" * (60 * _MIB) + b'"}'), {400}),
        (lambda: post("host", b'{"name":"l","location":[' + b",".join([_DELETES] * 4) + b"]}"), {422}),
    ],
    "filter": [
        (lambda: get("host", where='{"$or":[' * 4000), {400}),
        (lambda: get("host", where={"$or": [{f"c{number}": 1} for number in range(2500)]}), {400}),
        (
            lambda: get("host", where={"$or": [{f"customs.k{number}": {"$gt": 1}} for number in range(10)]}),
            {200},
        ),
    ],
    "regular expression": [
        (lambda: get("host", where={"name": {"$regex": "(?:(?:(?:a{1000}){1000}){1000})"}}), {400}),
        (lambda: get("host", where={"notes": {"$regex": "^(a|aa)+$"}}), {400}),
    ],
    "sort": [(lambda: get("host", sort=",".join(f"a{number}.b" for number in range(3000))), {400})],
    "projection": [
        (lambda: get("host", projection={f"f{number}": 0 for number in range(3500)}, max_results="5000"), {200}),
    ],
    "page": [
        (lambda: get("command", max_results="9" * 400), {400}),
        (lambda: get("command", max_results="5000"), {400}),
        (lambda: get("host", max_results="5000", page="9" * 400), {200}),
    ],
    "embedded items": [
        (lambda: get("host", max_results="50", embedded=dict.fromkeys(_CHAIN, 1)), {400}),
    ],
    "templates and trees": [(lambda: follower("too deep", -1), {422})],
    "work of a write": [(lambda: follower("deep", -2), {201}), (change_of_the_lowest, {200})],
    "parallel large requests": [(lambda: get("host", max_results="5000"), {200})],
}
#: Takes its two seconds each time.
_SLOW = "regular expression"
#: What takes time and not one request: see test_bodies, test_http, test_answers and test_lanes.
OTHERS = {
    "parallel slow requests",
    "time of a request",
    "time of a response",
    "parallel bodies",
    "parallel responses",
    "connections",
}


def test_every_row_of_the_table_is_walked() -> None:
    table = _TABLE.read_text(encoding="utf-8").partition("| What is limited")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| ([^|]+?) \|", table, re.MULTILINE)) - {"---"} == ATTACKS.keys() | OTHERS


def fill(path: Path) -> None:
    """Make a database with much in it, and users of every kind."""
    app = create_app(path)
    store = app.store
    top = store.find_one("realm", {"name": "All"})
    admin = store.find_one("user", {"name": "admin"})
    assert top is not None
    assert admin is not None
    store.update_fields("user", {"name": "admin"}, {"token": _TOKENS["admin"]})
    for kind in ("reader", "writer"):
        user = {name: value for name, value in admin.items() if name != "_id"}
        store.insert("user", {**user, "name": kind, "token": _TOKENS[kind], "back_role_super_admin": False})
        found = store.find_one("user", {"name": kind})
        assert found is not None
        crud = ["read", "create", "update", "delete"] if kind == "writer" else ["read"]
        role = {"user": found["_id"], "realm": top["_id"], "sub_realm": True, "crud": crud, "resource": "*"}
        store.insert("userrestrictrole", role)
    realms = [
        {
            **top,
            "_id": ObjectId(),
            "name": f"realm {n}",
            "_parent": top["_id"],
            "_tree_parents": [top["_id"]],
            "_level": 1,
        }
        for n in range(_REALMS)
    ]
    children = [realm["_id"] for realm in realms]
    store.insert("realm", realms)
    store.update_fields("realm", {"_id": top["_id"]}, {"_children": children, "_all_children": children})
    host = store.find_one("host", {})
    command = store.find_one("command", {})
    assert host is not None
    assert command is not None
    more = {"_realm": top["_id"], "_is_template": False, "notes": "a" * 60 + "!", "customs": {"k1": "1"}}
    store.insert("host", [{**host, "_id": ObjectId(), "name": f"host {n}", **more} for n in range(_HOSTS)])
    following = {**host, "_realm": top["_id"], "_is_template": True, "_template_fields": ["customs"], "_etag": "lowest"}
    store.insert(
        "host",
        [
            {**following, "_id": item, "name": f"level {item}", "_templates": _TEMPLATES[level - 1] if level else []}
            for level, pair in enumerate(_TEMPLATES)
            for item in pair
        ],
    )
    # Seventy megabytes in all.
    notes = {"_realm": top["_id"], "notes": "n" * 1_000_000}
    for n in range(70):
        store.insert("command", {**command, "_id": ObjectId(), "name": f"command {n}", **notes})
    app.close()


@pytest.fixture(scope="module")
def bounded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """A server with one worker, which may have so much memory and no more."""
    path = tmp_path_factory.mktemp("bounds") / "site.db"
    fill(path)
    with Serve(f"--database={path}") as running:
        resource.prlimit(running.process.pid, resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        yield running


def send(served: Serve, sent: Sent, token: str) -> int:
    """Send a request and return its status; 0 when the connection was closed while it was sent."""
    line, body = sent
    head = f"{line}Host: localhost\r\n" + (f"Authorization: {token}\r\n" if token else "") + "Connection: close\r\n\r\n"
    with Wire(served, 120) as wire:
        with contextlib.suppress(ConnectionError):
            wire.send(head.encode() + body)
        with contextlib.suppress(ConnectionError, AssertionError):
            return wire.reply().status
    return 0


@contextlib.contextmanager
def neighbour(served: Serve) -> Iterator[list[int]]:
    """Somebody who asks for a little, over and over; yields the statuses."""
    seen: list[int] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            sent = get("host", max_results="1") if len(seen) % 2 else get("version")
            seen.append(send(served, sent, _TOKENS["admin"]))
            stop.wait(0.05)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield seen
    finally:
        stop.set()
        asking.join()


@pytest.mark.parametrize("row", ATTACKS)
def test_the_server_lives_and_others_are_answered(bounded: Serve, row: str) -> None:
    with neighbour(bounded) as seen:
        for make, allowed in ATTACKS[row]:
            sent = make()
            assert send(bounded, sent, _TOKENS["writer"]) in allowed | {0}
            with ThreadPoolExecutor(8) as pool:
                asked = {
                    who: [pool.submit(send, bounded, sent, token) for _ in range(1 if row == _SLOW else 2)]
                    for who, token in _TOKENS.items()
                }
            for who, futures in asked.items():
                # 0: refused before all of it was sent. 409, 412 and 422: the other one was faster.
                statuses = {future.result() for future in futures}
                more = _UNKNOWN if who == "nobody" else {0, 401, 409, 412, 422, 503}
                assert statuses <= allowed | more, (who, statuses)
            assert bounded.process.poll() is None
    assert set(seen) == {200}
    assert not [line for line in bounded.lines if "Traceback" in line or "MemoryError" in line]
