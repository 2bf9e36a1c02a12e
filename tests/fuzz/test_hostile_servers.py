"""The command and a server that answers whatever it likes. `FUZZ_EXAMPLES=2000` makes the run long."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alignak_backend_client.model import public_resources
from cli.running import run
from fuzz.odd import ANYTHING, DEEP, NAMES, RESOURCES, SETTINGS, check

KNOWN = st.sampled_from(["h1", "h1", "h2", "cpu", "admin", "All", "t1", "me"])
"""Names that the commands below ask for."""

IDS = st.sampled_from(["0" * 23 + "1", "0" * 23 + "2", "f" * 24])


class _Answers(BaseHTTPRequestHandler):
    """Answers with what the test has drawn, one after the other."""

    plan: ClassVar[list[tuple[int, bytes, dict[str, str]]]] = []
    turn: ClassVar[int] = 0
    #: What is answered as it should be, by path.
    honest: ClassVar[dict[str, Any]] = {}
    protocol_version = "HTTP/1.0"

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        cls = type(self)
        if self.path == "/login":
            status, body, more = 200, b'{"token": "t0ken"}', dict[str, str]()
        elif self.path == "/backendconfig":
            status, body, more = 200, b'{"PAGINATION_LIMIT": 50}', {}
        elif (path := self.path.partition("?")[0]) in cls.honest and self.command == "GET":
            status, body, more = 200, json.dumps(cls.honest[path]).encode(), {}
        else:
            status, body, more = cls.plan[min(cls.turn, len(cls.plan) - 1)]
            cls.turn += 1
            if cls.turn > 200:
                status, body, more = 401, b"{}", {}
        self.send_response(status)
        for name, value in more.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and status != 204:
            self.wfile.write(body)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _answer  # noqa: N815 - names of the base class

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A client that went away is no error."""


@pytest.fixture(scope="module")
def hostile() -> Iterator[str]:
    server = _Quiet(("127.0.0.1", 0), _Answers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@st.composite
def items(draw: st.DrawFn) -> Any:
    """An item, nearly as a backend has it."""
    resource = public_resources()[draw(st.sampled_from(["host", "service", "command", "realm", "user"]))]
    item: dict[str, Any] = {"_id": draw(IDS), "_etag": "e", "name": draw(KNOWN | NAMES)}
    names = sorted([*resource.fields, "_links", "_template_fields", "_id", "_etag", "name"])
    for name in draw(st.lists(st.sampled_from(names), max_size=4)):
        item[name] = draw(IDS | ANYTHING | DEEP)
    if draw(st.integers(0, 5)) == 0:
        del item[draw(st.sampled_from(sorted(item)))]
    return item


@st.composite
def answers(draw: st.DrawFn) -> tuple[int, bytes, dict[str, str]]:
    """An answer: a list of items, an item, or anything at all."""
    status = draw(st.sampled_from([200] * 8 + [201, 204, 302, 400, 401, 404, 409, 412, 422, 500, 503]))
    kind = draw(st.sampled_from(["list"] * 4 + ["item", "anything", "raw", "error"]))
    headers = draw(
        st.sampled_from(
            [
                {},
                {},
                {},
                {"Retry-After": "0"},
                {"Retry-After": "\xb2"},
                {"Retry-After": "Mon, 01 Jan 0001 00:00:00 -0000"},
            ]
        )
    )
    if status in (500, 503):
        headers = {**headers, "Retry-After": headers.get("Retry-After", "0")}
    if kind == "raw":
        return status, draw(st.binary(max_size=50)), {"Location": "http://127.0.0.1:1/", **headers}
    body: Any
    if kind == "list":
        found = draw(st.lists(items(), max_size=3))
        body = {"_items": found, "_meta": {"total": draw(st.sampled_from([len(found)] * 3 + [0, 10**6, "x", None]))}}
    elif kind == "item":
        body = draw(items())
    elif kind == "error":
        body = {"_status": "ERR", "_issues": draw(ANYTHING), "_error": draw(ANYTHING), "_items": draw(ANYTHING)}
    else:
        body = draw(ANYTHING | DEEP)
    return status, json.dumps(body).encode(), headers


COMMANDS = st.sampled_from(
    [
        ["get", "h1"],
        ["get", "h1/*"],
        ["get", "-e", "h1"],
        ["list"],
        ["list", "-e"],
        ["list", "-m"],
        ["-t", "service", "list", "h1/*"],
        ["-t", "service", "get", "h1/cpu"],
        ["-t", "service", "delete", "h1/*"],
        ["-t", "user", "get", "-e", "admin"],
        ["add", "h1"],
        ["add", "h1", "-T", "t1"],
        ["-t", "user", "add", "me"],
        ["-d", "items.json", "add"],
        ["-d", "items.json", "update"],
        ["-d", "items.json", "-i", "update"],
        ["-d", "items.json", "-c", "add"],
        ["-d", "items.json", "-c", "update"],
        ["-t", "service", "-d", "services.json", "add"],
        ["-t", "userrestrictrole", "-d", "roles.json", "add"],
        ["delete", "h1"],
        ["delete"],
        ["-t", "command", "delete"],
        *(["-t", name, "list", "-e"] for name in RESOURCES),
    ]
)

FILES = {
    "items.json": [
        {"name": "h1", "_templates": ["t1"], "_template_fields": ["notes"], "customs": {"_A": 1}, "users": ["me"]},
        {"name": "h2", "parents": ["h1"], "_services": [{"name": "cpu"}], "_realm": "All"},
    ],
    "services.json": [{"name": "cpu", "host": "h1"}, {"name": "cpu", "host": "h2", "_templates": ["h1/cpu"]}],
    "roles.json": [{"user": "me", "realm": "All", "resource": "*", "crud": ["read"]}],
}


LIST_IN_A_LINK = {"_items": [{"_id": "0" * 23 + "1", "_etag": "e", "name": "h1", "_users_delete": [[]]}]}


@SETTINGS
@given(st.lists(answers(), min_size=1, max_size=8), COMMANDS, st.booleans())
@example([(200, json.dumps(LIST_IN_A_LINK).encode(), {})], ["-t", "realm", "list", "-e"], False)
def test_any_answer(
    hostile: str,
    tmp_path_factory: pytest.TempPathFactory,
    plan: list[tuple[int, bytes, dict[str, str]]],
    words: list[str],
    verbose: bool,
) -> None:
    _Answers.plan, _Answers.turn, _Answers.honest = plan, 0, {}
    outside = tmp_path_factory.mktemp("outside")
    folder: Path = outside / "folder"
    folder.mkdir()
    for name, data in FILES.items():
        (folder / name).write_text(json.dumps(data))
    ran = run("-b", hostile, "-f", str(folder), "--retries", "1", *["-v"] * verbose, *words)
    check(ran, folder, outside, json_too=True)
    assert "t0ken" not in ran.text
    dumps = [path for path in folder.iterdir() if path.name not in FILES]
    assert all(path.name.startswith("alignak-") and path.suffix == ".json" for path in dumps), dumps
    for path in dumps:
        assert path.stat().st_mode & 0o777 == 0o600
        assert "t0ken" not in path.read_text()


NEWER_COMMANDS = st.sampled_from(
    [
        ["problems"],
        ["problems", "-o", "json", "--acknowledged", "--downtime"],
        ["problems", "-o", "name", "--host", "h*"],
        ["problems", "-o", "wide", "--realm", "All"],
        ["status"],
        ["status", "-o", "json"],
        ["history", "h1"],
        ["history", "-o", "yaml"],
        ["history", "--checks", "h1/cpu"],
        *(["tree", kind] for kind in ("realm", "template", "host", "group", "hostgroup", "usergroup")),
        ["tree", "host", "h1"],
        ["tree", "realm", "All", "-o", "json"],
        ["why", "h1"],
        ["why", "h1/cpu", "-o", "json"],
        ["ack", "h1", "-m", "x"],
        ["ack", "h*", "-m", "x", "--wait", "1"],
        ["unack", "h1/cpu"],
        ["downtime", "h1", "--for", "1h", "-m", "x", "--all-services"],
        ["downtime", "-l"],
        ["downtime", "--remove", "h1"],
        ["recheck", "h1/*"],
        ["export", "written"],
        ["diff", "site"],
        ["diff", "site", "--prune"],
        ["apply", "site", "--yes", "--prune", "--allow-deletions"],
        ["check"],
        ["check", "--repair", "--yes"],
        ["backup", "written.json"],
        ["login"],
        ["logout"],
    ]
)


def _list_of(**item: Any) -> dict[str, Any]:
    return {"_items": [{"_id": "0" * 23 + "1", "_etag": "e", **item}], "_meta": {"total": 1}}


HONEST: dict[str, Any] = {
    "/realm": _list_of(name="All", _level=0),
    "/user": _list_of(name="admin", can_submit_commands=True, back_role_super_admin=True, _is_template=False),
    "/host": _list_of(name="h1", ls_state="DOWN", ls_last_check=1, _is_template=False, _realm="0" * 23 + "1"),
}
"""What lets a command go on."""

SITE = {
    "site.yml": "name: fuzzed\n",
    "hosts.yml": "host:\n- name: h1\n  check_command: _echo\n- name: h2\n  parents: [h1]\n",
}


ODD_TIME: list[tuple[int, bytes, dict[str, str]]] = [
    (200, json.dumps(_list_of(name="h1", ls_state="DOWN", ls_last_check="x")).encode(), {})
]
ODD_REALM = _list_of(name="h1", host="0" * 23 + "1", _realm=[[1]])
ODD_LINKS = _list_of(name="cpu", host=[[1]], _templates=[[1], None], users={"a": 1}, parents=[{}], check_command=1.5)


ODD_RIGHT = _list_of(user="0" * 23 + "1", crud=5)


@SETTINGS
@example([(200, json.dumps(ODD_RIGHT).encode(), {})], ["export", "written"], False, {"/user", "/realm"})
@example(ODD_TIME, ["tree", "realm"], False, set[str]())
@example(ODD_TIME, ["tree", "group"], False, set[str]())
@example(ODD_TIME, ["ack", "h1", "-m", "x"], False, {"/user"})
@given(
    st.lists(answers(), min_size=1, max_size=8), NEWER_COMMANDS, st.booleans(), st.sets(st.sampled_from(sorted(HONEST)))
)
@example([(200, json.dumps(ODD_LINKS).encode(), {})], ["export", "written"], False, {"/user", "/realm"})
@example([(200, json.dumps(ODD_REALM).encode(), {})], ["export", "written"], False, {"/user", "/realm"})
@example([(200, json.dumps(ODD_LINKS).encode(), {})], ["diff", "site", "--prune"], False, {"/user", "/realm"})
def test_any_answer_to_newer_commands(
    hostile: str,
    tmp_path_factory: pytest.TempPathFactory,
    plan: list[tuple[int, bytes, dict[str, str]]],
    words: list[str],
    verbose: bool,
    honest: set[str],
) -> None:
    _Answers.plan, _Answers.turn = plan, 0
    _Answers.honest = {path: HONEST[path] for path in honest}
    outside = tmp_path_factory.mktemp("outside")
    folder: Path = outside / "folder"
    (folder / "site").mkdir(parents=True)
    for name, text in SITE.items():
        (folder / "site" / name).write_text(text)
    words = [str(folder / word) if word in ("written", "site", "written.json") else word for word in words]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        patch.setattr("alignak_backend_client.monitoring.actions.sleep", lambda _: None)
        ran = run(*words, "-b", hostile, "--retries", "1", *["-v"] * verbose)
    check(ran, folder, outside, json_too=True)
    assert "t0ken" not in ran.text
    for path in (path for path in folder.rglob("*") if path.is_file() and "site" not in path.parts):
        assert path.stat().st_mode & 0o077 == 0, path
