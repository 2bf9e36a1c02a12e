"""What is deleted, and what is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from alignak_backend_client import Backend
from alignak_backend_client.items.writing import deleting
from alignak_backend_client.items.writing.results import Result
from alignak_backend_client.items.writing.writer import Writer
from alignak_backend_client.model import resources_by_name
from items.knowing import Recorder

MODEL = resources_by_name()


class Site:
    """A backend in this process, used by a super administrator who is not the first one."""

    def __init__(self) -> None:
        self.backend = Backend("embedded::memory:")
        assert self.backend.login("admin", "admin")
        self.realm = self.backend.get("realm")["_items"][0]["_id"]
        self.new("user", "boss", password="pa55", back_role_super_admin=True)
        assert self.backend.login("boss", "pa55")

    def new(self, resource: str, name: str, **fields: Any) -> str:
        place = {} if resource in ("realm", "service") else {"_realm": self.realm}
        identity: str = self.backend.post(resource, {"name": name, **place, **fields})["_id"]
        return identity

    def names(self, resource: str) -> list[str]:
        return sorted(item["name"] for item in self.backend.get_all(resource)["_items"])

    def writer(self, *, dry_run: bool = False) -> tuple[Writer, list[Result]]:
        recorder = Recorder()
        return Writer(self.backend, "boss", recorder, dry_run=dry_run), recorder.results


@pytest.fixture
def site() -> Iterator[Site]:
    found = Site()
    yield found
    found.backend.close()


def statuses(results: list[Result]) -> dict[str, str]:
    assert len({result.name for result in results}) == len(results)
    return {result.name: result.status for result in results}


@pytest.mark.parametrize("dry_run", [True, False])
def test_users_cannot_delete_themselves(site: Site, dry_run: bool) -> None:
    site.new("user", "ann", password="x")
    site.new("user", "template", _is_template=True)
    writer, results = site.writer(dry_run=dry_run)
    assert deleting.delete_all(writer, MODEL["user"]).ok
    assert statuses(results) == {"admin": "skipped", "boss": "skipped", "ann": "deleted", "template": "deleted"}
    left = ["admin", "boss"]
    assert site.names("user") == (sorted([*left, "ann", "template"]) if dry_run else left)
    assert all(result.dry_run is dry_run for result in results)


@pytest.mark.parametrize("name", ["boss", "admin"])
@pytest.mark.parametrize("dry_run", [True, False])
def test_by_name_neither(site: Site, name: str, dry_run: bool) -> None:
    writer, results = site.writer(dry_run=dry_run)
    assert not deleting.delete(writer, MODEL["user"], [name]).ok
    assert statuses(results) == {name: "failed"}
    assert "protects" in results[0].reason
    assert site.names("user") == ["admin", "boss"]


def test_an_item_of_another_type_may_have_the_name_of_the_user(site: Site) -> None:
    site.new("command", "boss")
    site.new("host", "boss")
    for resource in ("command", "host"):
        writer, results = site.writer()
        assert deleting.delete(writer, MODEL[resource], ["boss"]).ok
        assert statuses(results) == {"boss": "deleted"}


@pytest.mark.parametrize(
    ("resource", "kept"),
    [("host", {"_dummy"}), ("command", {"_internal_host_up", "_echo"}), ("timeperiod", {"24x7", "Never"})],
)
def test_start_documents_are_not_deleted(site: Site, resource: str, kept: set[str]) -> None:
    site.new(resource, "a")
    site.new(resource, "b")
    writer, results = site.writer()
    assert deleting.delete_all(writer, MODEL[resource]).ok
    assert statuses(results) == dict.fromkeys(kept, "skipped") | {"a": "deleted", "b": "deleted"}
    assert set(site.names(resource)) == kept


def test_the_services_of_a_host(site: Site) -> None:
    web, other = site.new("host", "web"), site.new("host", "other")
    for host in (web, other):
        site.new("service", "cpu", host=host)
        site.new("service", "disk", host=host)
    writer, results = site.writer()
    assert deleting.delete(writer, MODEL["service"], ["web/*"]).ok
    assert statuses(results) == {"web/cpu": "deleted", "web/disk": "deleted"}
    assert len(site.names("service")) == 2
    # With its host a service goes, too.
    writer, results = site.writer()
    assert deleting.delete_all(writer, MODEL["host"]).ok
    assert statuses(results) == {"_dummy": "skipped", "web": "deleted", "other": "deleted"}
    assert site.names("service") == []


def test_a_realm_with_realms_below_it(site: Site) -> None:
    site.new("realm", "below", _parent=site.new("realm", "above", _parent=site.realm))
    writer, results = site.writer(dry_run=True)
    assert not deleting.delete(writer, MODEL["realm"], ["above"]).ok
    assert statuses(results) == {"above": "failed"}
    assert "delete them first" in results[0].reason


def test_a_missing_item_is_reported(site: Site) -> None:
    writer, results = site.writer()
    assert not deleting.delete(writer, MODEL["host"], ["nobody"]).ok
    assert statuses(results) == {"nobody": "failed"}


def test_an_item_that_others_change_meanwhile_is_deleted_with_all(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """By name it is not: somebody changed what is to be deleted."""
    delete_many = Backend.delete_many

    def late(backend: Backend, endpoint: str, items: Any, *rest: Any) -> Any:
        for item in items:
            backend.patch(f"{endpoint}/{item['_id']}", {"notes": "x"}, {"If-Match": item["_etag"]})
        return delete_many(backend, endpoint, items, *rest)

    monkeypatch.setattr(Backend, "delete_many", late)
    site.new("host", "a")
    writer, results = site.writer()
    assert not deleting.delete(writer, MODEL["host"], ["a"]).ok
    assert statuses(results) == {"a": "failed"}
    writer, results = site.writer()
    assert deleting.delete_all(writer, MODEL["host"]).ok
    assert statuses(results) == {"_dummy": "skipped", "a": "deleted"}
    assert site.names("host") == ["_dummy"]


def _as_on_the_real_backend(site: Site) -> tuple[Writer, list[Result]]:
    writer, results = site.writer()
    writer._is_embedded = False
    return writer, results


def test_the_second_run_waits_for_the_first(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two that delete all items: it reports those that it has deleted itself, and no others."""
    ids = {name: site.new("command", name) for name in "abcdef"}
    writer, results = _as_on_the_real_backend(site)
    pauses: list[float] = []
    others = iter(["bc", "d", ""])

    def gone(names: str) -> None:
        for name in names:
            item = site.backend.get(f"command/{ids[name]}")
            site.backend.delete(f"command/{ids[name]}", {"If-Match": item["_etag"]})

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        gone(next(others))

    deletes = site.backend.delete_many

    def overtaken(*args: Any) -> Any:
        monkeypatch.setattr(site.backend, "delete_many", deletes)
        gone("a")
        return deletes(*args)

    monkeypatch.setattr(deleting, "sleep", pause)
    monkeypatch.setattr(site.backend, "delete_many", overtaken)
    assert deleting.delete_all(writer, MODEL["command"]).ok
    found = statuses(results)
    assert {name: found[name] for name in "abcdef"} == dict.fromkeys("abcd", "unchanged") | dict.fromkeys(
        "ef", "deleted"
    )
    assert len(pauses) == 3


def test_items_deleted_by_others_are_not_reported_as_deleted(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = {name: site.new("command", name) for name in "abcd"}
    writer, results = _as_on_the_real_backend(site)
    deletes = site.backend.delete_many

    def then_others(*args: Any) -> Any:
        outcomes = deletes(*args)
        for name in "bc":
            item = site.backend.get(f"command/{ids[name]}")
            site.backend.delete(f"command/{ids[name]}", {"If-Match": item["_etag"]})
        return outcomes

    monkeypatch.setattr(site.backend, "delete_many", then_others)
    assert deleting.delete_all(writer, MODEL["command"]).ok
    found = statuses(results)
    assert {name: found[name] for name in "abcd"} == {
        "a": "deleted",
        "b": "unchanged",
        "c": "unchanged",
        "d": "deleted",
    }
