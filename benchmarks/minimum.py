"""The bare minimum of a job: only the requests that cannot be left out, nothing decoded but the login.

Run by its path, without anything of the project: `python -S -I minimum.py list URL FOLDER` writes the pages of the
services, and of the names of what they link to, into the folder; `python -S -I minimum.py add URL FOLDER` sends the
files of the folder, which are named `<number>-<resource>.json`; `problems` and `status` write what these commands
cannot do without: what is in a bad state, the names of hosts, and the numbers of all others; `site` writes the items
that `diff` compares with files.
"""

from __future__ import annotations

import base64
import http.client
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

_JSON = {"Content-Type": "application/json"}
_PAGE = 5000


class Connection:
    """Requests to one backend; the connection is kept when the backend says that it does."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(url.removeprefix("http://"))
        self._headers: dict[str, str] = {}
        login = self.send("POST", "/login", json.dumps({"username": "admin", "password": "admin"}).encode())[0]
        token = json.loads(login)["token"]
        self._headers = {"Authorization": "Basic " + base64.b64encode(f"{token}:".encode()).decode()}

    def send(self, method: str, path: str, body: bytes | None = None) -> tuple[bytes, http.client.HTTPResponse]:
        """Send one request; anything but success ends the program."""
        self._connection.request(method, path, body, self._headers | (_JSON if body else {}))
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status >= http.client.BAD_REQUEST:
            raise SystemExit(f"{method} {path}: {answer.status} {content[:500]!r}")
        if "keep-alive" not in answer.headers.get("Connection", "").lower():
            self._connection.close()
        return content, answer


def fetch_list(backend: Connection, folder: Path) -> None:
    """Read all services and the names of what they link to into files."""
    where = quote('{"_is_template": {"$ne": true}}')
    _fetch(backend, f"/service?where={where}&max_results={_PAGE}&sort=_id", folder / "service")
    names = quote('{"name": 1}')
    for resource in ("host", "command", "timeperiod", "realm"):
        path = f"/{resource}?projection={names}&max_results={_PAGE}"
        _fetch(backend, path, folder / resource)


def _fetch(backend: Connection, path: str, file: Path) -> None:
    page, total = 1, 1
    while (page - 1) * _PAGE < total:
        content, answer = backend.send("GET", f"{path}&page={page}")
        file.with_name(f"{file.name}-{page}.json").write_bytes(content)
        total = int(answer.headers["X-Total-Count"])
        page += 1


def fetch_site(backend: Connection, folder: Path) -> None:
    """Read all items of the types that a site of hosts and services has, or links to, into files."""
    for resource in ("realm", "timeperiod", "command", "user", "usergroup", "hostgroup", "host", "service"):
        _fetch(backend, f"/{resource}?max_results={_PAGE}&sort=_id", folder / resource)


def send_all(backend: Connection, folder: Path) -> None:
    """Send the bodies of a folder, in the order of their names."""
    for file in sorted(folder.iterdir()):
        backend.send("POST", "/" + file.stem.split("-")[1], file.read_bytes())


_MONITORED = {"_is_template": {"$ne": True}, "$or": [{"active_checks_enabled": True}, {"passive_checks_enabled": True}]}
_BAD = {"host": ["DOWN", "UNREACHABLE"], "service": ["WARNING", "CRITICAL", "UNKNOWN", "UNREACHABLE"]}
_SHOWN = ["name", "_realm", "host", "ls_state", "ls_last_state_changed", "ls_current_attempt", "ls_output"]


def fetch_problems(backend: Connection, folder: Path) -> None:
    """Read what is in a bad state, the names of hosts, and how many are pending."""
    for resource, states in _BAD.items():
        where = {**_MONITORED, "ls_last_check": {"$gt": 0}, "ls_state": {"$in": states}}
        projection = dict.fromkeys(_SHOWN, 1)
        _fetch(backend, _path(resource, where, projection, _PAGE), folder / resource)
    _fetch(backend, _path("host", {}, {"name": 1}, _PAGE), folder / "names")
    for resource in _BAD:
        backend.send("GET", _path(resource, {**_MONITORED, "ls_last_check": 0}, {"_id": 1}, 1))


def fetch_status(backend: Connection, folder: Path) -> None:
    """Read the same, how many there are in all and without checks, the newest check, and the daemons."""
    fetch_problems(backend, folder)
    real = {"_is_template": {"$ne": True}}
    unmonitored = real | {"active_checks_enabled": {"$ne": True}, "passive_checks_enabled": {"$ne": True}}
    for resource in _BAD:
        for where in real, unmonitored:
            backend.send("GET", _path(resource, where, {"_id": 1}, 1))
        backend.send("GET", _path(resource, real, {"ls_last_check": 1}, 1) + "&sort=-ls_last_check")
    for resource in "realm", "alignakdaemon":
        _fetch(backend, f"/{resource}?max_results={_PAGE}", folder / resource)


def _path(resource: str, where: Mapping[str, object], projection: dict[str, int], size: int) -> str:
    shown = f"where={quote(json.dumps(where))}&projection={quote(json.dumps(projection))}"
    return f"/{resource}?{shown}&max_results={size}"


if __name__ == "__main__":
    jobs = {
        "list": fetch_list,
        "add": send_all,
        "problems": fetch_problems,
        "status": fetch_status,
        "site": fetch_site,
    }
    jobs[sys.argv[1]](Connection(sys.argv[2]), Path(sys.argv[3]))
