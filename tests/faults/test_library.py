"""The library behind a connection that breaks: nothing lost, nothing doubled."""

from __future__ import annotations

import os
import uuid

import pytest

from alignak_backend_client import Backend, BackendException, Change
from servers.faulty_proxy import AFTER, BEFORE, FaultyProxy

ITEMS = int(os.environ.get("FAULTS_ITEMS", "120"))


def _realm(backend: Backend) -> str:
    found: str = backend.get("realm", {"where": {"name": "All"}})["_items"][0]["_id"]
    return found


def _mine(backend: Backend, prefix: str) -> dict[str, dict[str, object]]:
    where = {"name": {"$regex": f"^{prefix}"}}
    items = backend.get_all("command", {"where": where})["_items"]
    found = {item["name"]: item for item in items}
    assert len(found) == len(items), "an item is doubled"
    return found


@pytest.mark.parametrize(("rate", "processes"), [(0.1, 1), (0.1, 4), (1 / 3, 1)])
def test_one_by_one(direct: Backend, backend_url: str, rate: float, processes: int) -> None:
    prefix = f"f{uuid.uuid4().hex[:8]}-"
    realm = _realm(direct)
    with FaultyProxy(backend_url, rate=rate, seed=7, late=0.6) as proxy, Backend(proxy.url, processes) as backend:
        backend.timeout = (5, 0.4)
        backend.retries = 12
        assert backend.login("admin", "admin")
        names = [f"{prefix}{number:04}" for number in range(ITEMS // 4)]
        for name in names:
            backend.post("command", {"name": name, "_realm": realm})
        made = _mine(direct, prefix)
        assert sorted(made) == names
        for item in made.values():
            backend.patch(f"command/{item['_id']}", {"notes": "x"}, headers={"If-Match": str(item["_etag"])})
        changed = _mine(direct, prefix)
        assert {item["notes"] for item in changed.values()} == {"x"}
        for name in names[::2]:
            item = changed[name]
            backend.delete(f"command/{item['_id']}", {"If-Match": str(item["_etag"])})
        assert sorted(_mine(direct, prefix)) == names[1::2]
        assert sum(proxy.broken.values()) > 0


@pytest.mark.parametrize("rate", [0.1, 1 / 3])
def test_many(direct: Backend, backend_url: str, rate: float) -> None:
    prefix = f"g{uuid.uuid4().hex[:8]}-"
    realm = _realm(direct)
    with FaultyProxy(backend_url, rate=rate, seed=3, late=3.0) as proxy, Backend(proxy.url, 4) as backend:
        backend.timeout = (5, 2.5)
        backend.retries = 12
        assert backend.login("admin", "admin")
        names = [f"{prefix}{number:04}" for number in range(ITEMS)]
        made = backend.create_many("command", [{"name": name, "_realm": realm} for name in names])
        assert all(outcome.ok for outcome in made), [str(outcome.error) for outcome in made if not outcome.ok][:3]
        stored = _mine(direct, prefix)
        assert sorted(stored) == names
        changes = [Change(str(item["_id"]), str(item["_etag"]), {"notes": "y"}) for item in stored.values()]
        assert all(outcome.ok for outcome in backend.update_many("command", changes))
        stored = _mine(direct, prefix)
        assert {item["notes"] for item in stored.values()} == {"y"}
        gone = backend.delete_many("command", [stored[name] for name in names[::2]])
        assert all(outcome.ok for outcome in gone), [str(outcome.error) for outcome in gone if not outcome.ok]
        assert sorted(_mine(direct, prefix)) == names[1::2]
        assert sorted(item["name"] for item in backend.iterate("command") if item["name"] in names) == names[1::2]


@pytest.mark.parametrize("fault", [*BEFORE, *AFTER])
def test_each_fault_once(direct: Backend, backend_url: str, fault: str) -> None:
    """Every request meets the fault at its first try and gets through at the second one."""
    name = f"h{uuid.uuid4().hex[:8]}"
    realm = _realm(direct)
    with FaultyProxy(backend_url, rate=0, faults=[fault], late=0.5) as proxy, Backend(proxy.url) as backend:
        backend.timeout = (5, 0.3)
        assert backend.login("admin", "admin")
        strike = proxy.strike_next

        strike()
        answer = backend.post("command", {"name": name, "_realm": realm})
        assert list(_mine(direct, name)) == [name]
        assert answer["_id"] == _mine(direct, name)[name]["_id"]
        strike()
        answer = backend.patch(f"command/{answer['_id']}", {"timeout": 7}, headers={"If-Match": answer["_etag"]})
        item = _mine(direct, name)[name]
        assert (item["timeout"], item["_etag"]) == (7, answer["_etag"])
        strike()
        assert backend.get(f"command/{answer['_id']}")["timeout"] == 7
        strike()
        assert backend.delete(f"command/{answer['_id']}", {"If-Match": answer["_etag"]}) == {"_status": "OK"}
        assert _mine(direct, name) == {}
        assert proxy.broken[fault] == 4


def test_a_conflict_is_reported_after_a_lost_response(direct: Backend, backend_url: str) -> None:
    """Somebody else changed the item while our change was lost on its way: the loser gets an error."""
    name = f"i{uuid.uuid4().hex[:8]}"
    answer = direct.post("command", {"name": name, "_realm": _realm(direct)})
    with FaultyProxy(backend_url, rate=0, faults=["reset_after_request"]) as proxy, Backend(proxy.url) as backend:
        assert backend.login("admin", "admin")
        direct.patch(f"command/{answer['_id']}", {"notes": "theirs"}, headers={"If-Match": answer["_etag"]})
        proxy.strike_next()
        with pytest.raises(BackendException) as failed:
            backend.patch(f"command/{answer['_id']}", {"notes": "ours"}, headers={"If-Match": answer["_etag"]})
        assert failed.value.code == 412
        assert direct.get(f"command/{answer['_id']}")["notes"] == "theirs"


def test_without_retries_nothing_is_sent_twice(backend_url: str) -> None:
    with FaultyProxy(backend_url, rate=0, faults=["lost_answer"]) as proxy:
        backend = Backend(proxy.url, retries=0)
        assert backend.login("admin", "admin")
        passed = proxy.passed
        proxy.strike_next()
        with pytest.raises(BackendException) as failed:
            backend.get("realm")
        assert failed.value.code == 1000
        assert (proxy.passed, proxy.broken["lost_answer"]) == (passed, 1)
        backend.close()


def test_a_backend_that_stays_down_is_reported_in_bounded_time(backend_url: str) -> None:
    with FaultyProxy(backend_url, rate=0) as proxy, Backend(proxy.url, retries=3) as backend:
        assert backend.login("admin", "admin")
        proxy.down = True
        with pytest.raises(BackendException) as failed:
            backend.get("realm")
        assert failed.value.code == 1000
