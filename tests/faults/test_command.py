"""The command behind a connection that breaks: nothing lost, nothing doubled, nothing reported wrongly.

`FAULTS_ITEMS=2000` makes the runs long.
"""

from __future__ import annotations

import json
import re
import uuid
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from alignak_backend_client import Backend
from faults.running import ITEMS, FallingProxy, command, data_file, named, none_but
from servers import misbehaving
from servers.faulty_proxy import FaultyProxy

RETRIES = "12"
TIMEOUT, LATE = ("3", 3.3) if ITEMS > 500 else ("2", 2.3)


@pytest.mark.parametrize(
    ("resource", "rate"), [("host", 1 / 3), ("command", 0.1), *([("host", 0.1), ("command", 1 / 3)] * (ITEMS > 500))]
)
def test_add_and_update(direct: Backend, backend_url: str, tmp_path: Path, resource: str, rate: float) -> None:
    prefix = f"a{uuid.uuid4().hex[:8]}-"
    names = [f"{prefix}{number:04}" for number in range(ITEMS)]
    with FaultyProxy(backend_url, rate=rate, seed=11, late=LATE) as proxy:
        common = ["-t", resource, "--retries", RETRIES, "--timeout", TIMEOUT, "-d"]
        data = data_file(tmp_path, ({"name": name, "alias": f"of {name}"} for name in names))
        ran = command(proxy.url, *common, data, "add", cwd=tmp_path)
        assert (ran.code, f"{ITEMS} {resource}s added" in ran.out) == (0, True), ran.text[-2000:]
        none_but(named(direct, resource, prefix), names, lambda item: item["alias"] == f"of {item['name']}")
        data = data_file(tmp_path, ({"name": name, "notes": f"new {name}"} for name in names))
        ran = command(proxy.url, *common, data, "update", cwd=tmp_path)
        assert (ran.code, f"{ITEMS} {resource}s updated" in ran.out) == (0, True), ran.text[-2000:]
        none_but(named(direct, resource, prefix), names, lambda item: item["notes"] == f"new {item['name']}")
        print(f"{resource} {rate:.2f}: broken {dict(proxy.broken)}, passed {proxy.passed}")
        assert sum(proxy.broken.values()) > 0


@pytest.mark.parametrize("rate", [0.1, 1 / 3] if ITEMS > 500 else [0.2])
def test_services_and_the_deletion_of_half(direct: Backend, backend_url: str, tmp_path: Path, rate: float) -> None:
    """Services of two hosts; those of one are deleted; a list is dumped."""
    prefix = f"b{uuid.uuid4().hex[:8]}-"
    hosts = [f"{prefix}kept", f"{prefix}doomed"]
    pairs = [(hosts[number % 2], f"{prefix}{number:04}") for number in range(ITEMS)]
    realm = direct.get_all("realm", {"where": {"name": "All"}})["_items"][0]["_id"]
    direct.post("host", [{"name": host, "_realm": realm} for host in hosts])
    with FaultyProxy(backend_url, rate=rate, seed=5, late=LATE) as proxy:
        common = ["-t", "service", "--retries", RETRIES, "--timeout", TIMEOUT]
        data = data_file(tmp_path, ({"host": host, "name": name, "alias": name} for host, name in pairs))
        ran = command(proxy.url, *common, "-d", data, "add", cwd=tmp_path)
        assert (ran.code, f"{ITEMS} services added" in ran.out) == (0, True), ran.text[-2000:]
        none_but(named(direct, "service", prefix), [name for _, name in pairs], lambda item: item["alias"] != "")
        ran = command(proxy.url, *common, "delete", f"{hosts[1]}/*", cwd=tmp_path)
        assert (ran.code, f"{ITEMS // 2} services deleted" in ran.out) == (0, True), ran.text[-2000:]
        left = [name for host, name in pairs if host == hosts[0]]
        none_but(named(direct, "service", prefix), left, lambda _: True)
        ran = command(proxy.url, *common, "list", f"{hosts[0]}/*", cwd=tmp_path)
        assert ran.code == 0, ran.text[-2000:]
        dump = json.loads((tmp_path / "alignak-object-list-services.json").read_text())
        assert sorted(item["name"] for item in dump) == left
        print(f"services {rate:.2f}: broken {dict(proxy.broken)}, passed {proxy.passed}")
    direct.delete("service", {})
    for host in named(direct, "host", prefix).values():
        direct.delete(f"host/{host['_id']}", {"If-Match": host["_etag"]})


@pytest.mark.parametrize("action", ["add", "update", "delete"])
def test_a_backend_that_goes_down(direct: Backend, backend_url: str, tmp_path: Path, action: str) -> None:
    """What was done and what was not is reported soon; running the command again finishes the work."""
    prefix = f"c{uuid.uuid4().hex[:8]}-"
    at_once = action == "add" or (action == "delete" and "DELETION_LIMIT" in direct.get("backendconfig"))
    count = max(ITEMS, 1200) if at_once else ITEMS
    names = [f"{prefix}{number:04}" for number in range(count)]
    realm = direct.get_all("realm", {"where": {"name": "All"}})["_items"][0]["_id"]
    host = f"{prefix}host"
    resource = "service" if action == "delete" else "command"
    done = {"add": "added", "update": "updated", "delete": "deleted"}[action]
    host_id = direct.post("host", {"name": host, "_realm": realm})["_id"]
    if action == "add":
        words = ["-d", data_file(tmp_path, ({"name": name, "notes": "new"} for name in names)), "add"]
    elif action == "update":
        direct.create_many("command", [{"name": name, "_realm": realm} for name in names])
        words = ["-d", data_file(tmp_path, ({"name": name, "notes": "new"} for name in names)), "update"]
    else:
        direct.create_many("service", [{"name": name, "host": host_id, "_realm": realm} for name in names])
        words = ["delete", f"{host}/*"]

    def finished() -> int:
        there = named(direct, resource, f"{prefix}[0-9]")
        return count - len(there) if action == "delete" else sum(item["notes"] == "new" for item in there.values())

    with FallingProxy(backend_url, writes=2 if at_once else count // 3) as proxy:
        ran = command(proxy.url, "-t", resource, "--retries", "2", "--jobs", "1", *words, cwd=tmp_path)
        assert proxy.down
        assert ran.code == 2, ran.text[-2000:]
        counts = re.search(rf"(\d+) {resource}s? {done}, (?:(\d+) failed, )?(\d+) not {done}", ran.err)
        assert counts is not None, ran.err[-2000:]
        told, failed, left = (int(part or 0) for part in counts.groups())
        assert told + failed + left == count
        assert 0 < finished() < count
        assert told <= finished() <= told + failed
        assert "run the command again" in ran.err
        assert proxy.refused < 20
        print(
            f"{action}: {told} told as done, {failed} failed, {left} left, {finished()} done, {proxy.refused} refused"
        )
        proxy.down = False
        again = command(proxy.url, "-t", resource, *words, cwd=tmp_path)
    assert again.code == 0, again.text[-2000:]
    assert finished() == count


def test_a_backend_that_is_only_busy(direct: Backend, backend_url: str, tmp_path: Path) -> None:
    """It answers each request with 503: that is reported soon, not after a try of each item and half a list."""
    prefix = f"d{uuid.uuid4().hex[:8]}-"
    every = [f"{prefix}{number:04}" for number in range(1200)]
    for action, names in (("add", every), ("update", every[:150])):
        data = data_file(tmp_path, ({"name": name, "notes": action} for name in names))
        words = ["-t", "command", "--retries", "2", "--jobs", "1", "-d", data, action]
        writes = 1 if action == "add" else 5
        with FallingProxy(backend_url, writes, FallingProxy.break_all, ["busy_503"]) as proxy:
            ran = command(proxy.url, *words, cwd=tmp_path)
            assert ran.code == 2, ran.text[-1000:]
            assert f"not {action}" in ran.err
            assert proxy.broken["busy_503"] < 12, proxy.broken
        assert command(backend_url, *words, cwd=tmp_path).code in (0, 2)
        found = named(direct, "command", prefix)
        none_but({name: found[name] for name in names}, names, partial(_notes_are, action))


def test_a_backend_that_fails_at_everything(tmp_path: Path) -> None:
    """It answers each write with 500: the list is not tried item by item to its end."""
    data = data_file(tmp_path, ({"name": f"x-{number}"} for number in range(1200)))
    requests: list[str] = []

    def script(request: misbehaving.Request) -> misbehaving.Behaviour:
        if request.method != "GET":
            requests.append(request.path)
            return misbehaving.html(500)
        user = {"_id": "1" * 24, "_etag": "e", "name": "admin", "_realm": "2" * 24}
        return misbehaving.page([user] if request.path.startswith("/user") else [])

    with misbehaving.MisbehavingServer([misbehaving.after_login(script, page_limit=50)]) as server:
        words = ["-t", "command", "--retries", "1", "-d", data, "add"]
        ran = command(server.url, *words, cwd=tmp_path)
    assert ran.code == 2
    assert "run the command again" in ran.err
    assert len(requests) < 200, len(requests)


def _notes_are(wanted: str, item: dict[str, Any]) -> bool:
    return bool(item["notes"] == wanted)


class _CountingProxy(FaultyProxy):
    """Lets so many requests through."""

    def __init__(self, target: str, requests: int) -> None:
        super().__init__(target, rate=0)
        self._requests = requests

    def _fault(self) -> str | None:
        self.down = self.passed >= self._requests
        return super()._fault()


def test_a_dump_is_whole_or_the_old_one(direct: Backend, backend_url: str, tmp_path: Path) -> None:
    """The backend goes away while a list is read: the dump of before stays."""
    prefix = f"e{uuid.uuid4().hex[:8]}-"
    realm = direct.get_all("realm", {"where": {"name": "All"}})["_items"][0]["_id"]
    direct.create_many("command", [{"name": f"{prefix}{number:04}", "_realm": realm} for number in range(2500)])
    dump = tmp_path / "alignak-object-list-commands.json"
    dump.write_text("the old one")
    for requests in range(1, 40):
        with _CountingProxy(backend_url, requests) as proxy:
            ran = command(proxy.url, "-t", "command", "--retries", "0", "list", cwd=tmp_path)
            if ran.code:
                assert dump.read_text() == "the old one"
        assert [path.name for path in tmp_path.iterdir()] == [dump.name]
        if ran.code == 0:
            break
    there = {item["name"] for item in json.loads(dump.read_text())}
    assert there >= {f"{prefix}{number:04}" for number in range(2500)}


def test_a_list_that_was_not_read_is_an_error(tmp_path: Path) -> None:
    """The backend counts items and sends none: that is not a backend without any."""
    nothing = misbehaving.json_answer({"token": "t", "_items": [], "_meta": {"total": 100}})
    with misbehaving.MisbehavingServer([nothing]) as server:
        for words in (["list"], ["-o", "table", "list"], ["-o", "table", "--limit", "5", "list"], ["delete"]):
            ran = command(server.url, "-t", "host", "-f", str(tmp_path), *words, cwd=tmp_path)
            assert (ran.code, ran.out) == (2, ""), ran
            assert "100 items" in ran.err
            assert "the list is incomplete" in ran.err
    assert not list(tmp_path.iterdir())


def test_a_token_that_was_renewed_meanwhile(direct: Backend, backend_url: str, tmp_path: Path) -> None:
    prefix = f"r{uuid.uuid4().hex[:8]}-"
    user, realm = f"{prefix}user", direct.get("realm", {"where": {"name": "All"}})["_items"][0]["_id"]
    direct.post("user", {"name": user, "password": "pa55", "back_role_super_admin": True, "_realm": realm})
    names = [f"{prefix}{number:03}" for number in range(40)]
    file = data_file(tmp_path, ({"name": name} for name in names))

    def renew(_: FallingProxy) -> None:
        assert Backend(backend_url).login(user, "pa55", "force")

    assert command(backend_url, "-t", "command", "-d", file, "add", cwd=tmp_path).code == 0
    data_file(tmp_path, ({"name": name, "notes": "new"} for name in names))
    with FallingProxy(backend_url, 10, renew) as proxy:
        words = ["-u", user, "-p", "pa55", "-t", "command", "-d", file, "update"]
        ran = command(proxy.url, *words, cwd=tmp_path)
    assert (ran.code, ran.out) == (0, "40 commands updated\n"), ran
