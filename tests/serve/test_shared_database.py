"""Several workers, and a second server, on one database that speaks MongoDB's protocol."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from cli.running import run
from embedded.site import check_tree
from servers.caller import Answer, Caller
from servers.ferretdb import FerretDB
from servers.provision import ServerUnavailableError
from servers.running import ADMIN
from servers.serve import Serve

pytestmark = pytest.mark.mongo_only

_THREADS = 8
#: More by hand: ALIGNAK_ROUNDS=60.
_ROUNDS = int(os.environ.get("ALIGNAK_ROUNDS", "3"))
_numbers = itertools.count(1)


class Cluster:
    """A database, a server with four workers, and one with a single process.

    Attributes:
        token: of the administrator.
        realm: the id of the top one.
    """

    def __init__(self, database: FerretDB, team: Serve, single: Serve) -> None:
        self.database, self.team, self.single = database, team, single
        self.token = ""
        with self.caller() as nobody:
            self.token = nobody.login(*ADMIN).token
        with self.caller() as admin:
            self.realm = admin.items("realm")[0]["_id"]

    @contextlib.contextmanager
    def caller(self, number: int = 0) -> Iterator[Caller]:
        """The administrator, on a connection of their own: odd numbers use the second server."""
        url = (self.single if number % 2 else self.team).url
        with httpx2.Client(base_url=url + "/", timeout=60, trust_env=False) as client:
            yield Caller(client, self.token)

    def at_once(self, work: Callable[[Caller, int], Any]) -> list[Any]:
        """Return what work returns in each of eight threads, which start together."""
        together, found = threading.Barrier(_THREADS), [None] * _THREADS
        failed: list[BaseException] = []

        def begin(number: int) -> None:
            try:
                with self.caller(number) as admin:
                    together.wait(60)
                    found[number] = work(admin, number)
            except BaseException as error:  # noqa: BLE001 - reported by the test
                failed.append(error)
                together.abort()

        threads = [threading.Thread(target=begin, args=(number,)) for number in range(_THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failed, (failed, self.team.output, self.single.output)
        return found

    def check(self, *words: str) -> list[dict[str, Any]]:
        """Return the problems that the command finds."""
        ran = run("-b", self.team.url, "check", "-o", "json", *words)
        problems: list[dict[str, Any]] = json.loads(ran.out)["problems"]
        return problems

    def workers(self) -> set[int]:
        pid = self.team.process.pid
        return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    try:
        with FerretDB() as database:
            option = f"--mongo-uri={database.uri()}?serverSelectionTimeoutMS=500"
            with Serve(option, "--workers=4") as team, Serve(option) as single:
                yield Cluster(database, team, single)
    except ServerUnavailableError as error:
        pytest.skip(str(error))


@pytest.fixture
def admin(cluster: Cluster) -> Iterator[Caller]:
    with cluster.caller() as found:
        yield found


def name(prefix: str = "host") -> str:
    return f"{prefix}-{next(_numbers)}"


def test_one_of_eight_gets_a_name(cluster: Cluster, admin: Caller) -> None:
    names = [name() for _ in range(_ROUNDS)]
    rounds = threading.Barrier(_THREADS)

    def add(caller: Caller, _number: int) -> list[int]:
        statuses = []
        for one in names:
            rounds.wait(60)
            statuses.append(caller.post("host", {"name": one, "_realm": cluster.realm}).status)
        return statuses

    for statuses in zip(*cluster.at_once(add), strict=True):
        assert statuses.count(201) == 1
        assert set(statuses) <= {201, 409, 422}
    assert len(admin.items("host", where={"name": {"$in": names}})) == _ROUNDS
    assert cluster.check() == []


def test_one_of_eight_changes_a_version(cluster: Cluster, admin: Caller) -> None:
    host = f"host/{admin.created('host', name=name(), _realm=cluster.realm)}"
    for _ in range(_ROUNDS):
        etag = admin.get(host).json["_etag"]

        def change(caller: Caller, number: int, etag: str = etag) -> Answer:
            return caller.patch(host, {"notes": str(number)}, etag)

        answers = cluster.at_once(change)
        statuses = Counter(answer.status for answer in answers)
        assert statuses == {200: 1, 412: _THREADS - 1}
        (won,) = [number for number, answer in enumerate(answers) if answer.status == 200]
        assert admin.get(host).json["notes"] == str(won)


_HARD = {"state_type": "HARD", "last_state_type": "HARD", "output": "x"}


def result(host: str, state: str, **more: Any) -> dict[str, Any]:
    return {"host": host, "state": state, **_HARD, "last_state": "UP", **more}


def test_counters_are_exact_after_eight_writers(cluster: Cluster, admin: Caller) -> None:
    """Results for the same hosts and services, single ones and in bulk, changes, new items and deletions."""
    hosts = [admin.created("host", name=name(), _realm=cluster.realm) for _ in range(3)]
    services = [admin.created("service", name=name("service"), host=host, _realm=cluster.realm) for host in hosts]
    states = {"host": ["UP", "DOWN", "UNREACHABLE"], "service": ["OK", "WARNING", "CRITICAL", "UNKNOWN"]}

    def write(caller: Caller, number: int) -> None:
        for turn in range(_ROUNDS):
            host = hosts[(number + turn) % 3]
            some = [
                result(one, states["service"][(number + turn + n) % 4], service=services[n], last_state="OK")
                for n, one in enumerate(hosts)
            ]
            assert caller.post("logcheckresult", some).status == 201
            assert caller.post("logcheckresult", result(host, states["host"][(number + turn) % 3])).status == 201
            assert caller.patch(f"host/{host}", {"ls_acknowledged": bool(turn % 2)}).status in (200, 412)
            new = caller.created("host", name=name(), _realm=cluster.realm)
            if number % 2:
                assert caller.delete(f"host/{new}").status == 204

    cluster.at_once(write)
    assert [one for one in cluster.check() if one["check"] == "counters"] == []
    found = admin.items("host", where={"_is_template": False}, max_results=1000, projection={"name": 1})
    ids = [item["_id"] for item in found]
    assert len(set(ids)) == len(ids)


def test_a_host_gets_a_service_from_its_template_once(cluster: Cluster, admin: Caller) -> None:
    """Also if the host and the service template are new at the same moment."""
    template = admin.created("host", name=name(), _is_template=True, _realm=cluster.realm)
    more = {"host": template, "_is_template": True, "_templates_from_host_template": True, "_realm": cluster.realm}
    rounds = max(1, _ROUNDS // 3)  # FerretDB over SQLite is slow at this
    together = threading.Barrier(_THREADS)

    def add(caller: Caller, number: int) -> None:
        for turn in range(rounds):
            hosts = [{"name": name(), "_templates": [template], "_realm": cluster.realm} for _ in range(2)]
            together.wait(60)
            if number % 4 == 0:
                caller.created("service", name=f"s{turn}-{number}", **more)
            else:
                assert caller.post("host", hosts).status == 201

    cluster.at_once(add)
    found = admin.items(
        "service", where={"_templates_from_host_template": True, "_is_template": False}, max_results=5000
    )
    there = Counter((service["host"], service["name"]) for service in found)
    hosts = admin.items("host", where={"_templates": template}, projection={"name": 1}, max_results=5000)
    names = [f"s{turn}-{number}" for turn in range(rounds) for number in (0, 4)]
    assert {(host["_id"], one): 1 for host in hosts for one in names} == {
        key: number for key, number in there.items() if key[1] in names
    }
    assert cluster.check() == []


def test_the_first_items_of_a_realm_are_counted_once(cluster: Cluster, admin: Caller) -> None:
    for _ in range(_ROUNDS):
        realm = admin.created("realm", name=name("realm"))

        def add(caller: Caller, _number: int, realm: str = realm) -> None:
            caller.created("host", name=name(), _realm=realm)

        cluster.at_once(add)
        (counted,) = admin.items("livesynthesis", where={"_realm": realm})
        assert counted["hosts_total"] == _THREADS


@pytest.mark.parametrize("resource", ["realm", "hostgroup"])
def test_a_tree_holds_beside_eight_writers(cluster: Cluster, admin: Caller, resource: str) -> None:
    """Realms decide on rights: their lists must say what their parents say, and none may be below itself."""
    more = {"_realm": cluster.realm} if resource == "hostgroup" else {}
    tops = [admin.created(resource, name=name(resource), **more) for _ in range(3)]
    together = threading.Barrier(_THREADS)

    def write(caller: Caller, number: int) -> None:
        for turn in range(2 * _ROUNDS):
            below, other = tops[number % 3], tops[(number + 1 + turn % 2) % 3]
            etag = caller.get(f"{resource}/{below}").json["_etag"]
            together.wait(60)
            if number < 3:
                assert caller.patch(f"{resource}/{below}", {"_parent": other}, etag).status in (200, 412)
            else:
                new = caller.created(resource, name=name(resource), _parent=below, **more)
                if number % 2:
                    assert caller.delete(f"{resource}/{new}").status in (204, 412)

    cluster.at_once(write)
    check_tree(admin, resource)


def test_items_that_eight_clients_delete_are_counted_once(cluster: Cluster, admin: Caller) -> None:
    for _ in range(_ROUNDS):
        host = f"host/{admin.created('host', name=name(), _realm=cluster.realm)}"
        etag = admin.get(host).json["_etag"]

        def delete(caller: Caller, _number: int, host: str = host, etag: str = etag) -> Answer:
            return caller.delete(host, etag)

        answers = cluster.at_once(delete)
        assert {answer.status for answer in answers} <= {204, 404, 412}
    assert cluster.check() == []


def test_items_that_eight_clients_delete_in_bulk_are_counted_once(cluster: Cluster, admin: Caller) -> None:
    for _ in range(_ROUNDS):
        made = admin.post("host", [{"name": name(), "_realm": cluster.realm} for _ in range(12)]).json["_items"]
        hosts = [host["_id"] for host in made]
        admin.post("service", [{"name": name("service"), "host": host, "_realm": cluster.realm} for host in hosts])
        admin.post("logcheckresult", [result(host, ["UP", "DOWN"][n % 2]) for n, host in enumerate(hosts)])
        found = admin.items("host", where={"_id": {"$in": hosts}}, projection={"ls_state": 1})
        wanted = [{"_id": host["_id"], "_etag": host["_etag"]} for host in found]

        def delete(caller: Caller, number: int, wanted: list[dict[str, str]] = wanted) -> Answer:
            return caller.post("host/delete", wanted[number:] + wanted[:number])

        for answer in cluster.at_once(delete):
            codes = {item.get("_error", {}).get("code") for item in answer.json["_items"]}
            assert codes <= {None, 404, 412}
        assert admin.items("service", where={"host": {"$in": hosts}}) == []
    assert cluster.check() == []


def test_a_token_is_known_to_all_and_forgotten_by_all(cluster: Cluster, admin: Caller) -> None:
    admin.created("user", name="eve", password="first", _realm=cluster.realm)
    with cluster.caller(1) as other:
        before = other.login("eve", "first")
        assert Caller(admin.client, before.token).get("user").status == 200
        renewed = other.post("login", {"username": "eve", "password": "first", "action": "generate"}).json["token"]
        for client in (admin.client, other.client):
            assert Caller(client, before.token).get("user").status == 401
            assert Caller(client, renewed).get("user").status == 200


class Writers:
    """Add hosts to both servers until they are stopped, and keep the names that were acknowledged."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._stop = threading.Event()
        self._change = threading.Condition()
        self.acknowledged: list[str] = []
        self.others: list[Answer] = []
        self._threads = [threading.Thread(target=self._write, args=(number,)) for number in range(4)]

    def _write(self, number: int) -> None:
        with self._cluster.caller(number) as admin:
            while not self._stop.is_set():
                new = name("kept")
                try:
                    answer = admin.post("host", {"name": new, "_realm": self._cluster.realm})
                except httpx2.TransportError:  # its worker is gone
                    continue
                with self._change:
                    if answer.status == 201:
                        self.acknowledged.append(new)
                    else:
                        self.others.append(answer)
                    self._change.notify_all()

    def more(self, count: int) -> None:
        """Wait until so many more are acknowledged."""
        with self._change:
            wanted = len(self.acknowledged) + count
            assert self._change.wait_for(lambda: len(self.acknowledged) >= wanted, 60)

    def refused(self, count: int) -> None:
        """Wait until so many more are refused."""
        with self._change:
            wanted = len(self.others) + count
            assert self._change.wait_for(lambda: len(self.others) >= wanted, 60)

    def __enter__(self) -> Writers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


def check_nothing_is_lost(cluster: Cluster, admin: Caller, writers: Writers) -> None:
    stored = admin.items("host", where={"name": {"$regex": "^kept-"}}, max_results=5000, projection={"name": 1})
    assert set(writers.acknowledged) <= {host["name"] for host in stored}
    # What a request under way has left undone is found and mended.
    cluster.check("--repair", "--yes")
    assert cluster.check() == []


def test_a_killed_worker_loses_nothing(cluster: Cluster) -> None:
    with Writers(cluster) as writers:
        for _ in range(3):
            writers.more(10)
            victim = min(cluster.workers())
            os.kill(victim, signal.SIGKILL)
            cluster.team.wait_for(rf"Worker {victim} was killed \(SIGKILL\); starting another one")
        writers.more(10)
    with cluster.caller() as again:
        check_nothing_is_lost(cluster, again, writers)


def test_a_database_that_is_killed_is_waited_for(cluster: Cluster) -> None:
    with Writers(cluster) as writers:
        writers.more(10)
        cluster.database.kill()
        # A worker that dies meanwhile has a successor, which waits as the others do.
        victim = min(cluster.workers())
        os.kill(victim, signal.SIGKILL)
        cluster.team.wait_for(r"A worker waits for the database: No MongoDB responds at 127\.0\.0\.1:\d+")
        assert len(cluster.workers()) == 4
        writers.refused(8)
        for url in (cluster.team.url, cluster.single.url):
            answer = httpx2.get(f"{url}/host", auth=("any", ""), trust_env=False)
            assert (answer.status_code, answer.headers.get("Retry-After")) == (503, "5")
        cluster.database.restart()
        writers.more(10)
    assert {(answer.status, answer.headers.get("Retry-After")) for answer in writers.others} == {(503, "5")}
    assert "Traceback" not in cluster.team.output + cluster.single.output
    with cluster.caller() as again:
        check_nothing_is_lost(cluster, again, writers)
