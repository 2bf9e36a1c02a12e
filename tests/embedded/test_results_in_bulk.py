"""Check results of one request leave what the same results leave one by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alignak_backend_embedded.store.object_id import ObjectId
from embedded.conftest import NewSite
from embedded.site import Item, Site

HOSTS = ("one", "two")
SERVICES = ("a", "b")
_ALWAYS_NEW = ("_etag", "_created", "_updated")

common = {
    "last_check": st.integers(1000, 1010),
    "acknowledged": st.booleans(),
    "downtimed": st.booleans(),
    "output": st.sampled_from(["", "fine", "é\x00\x01"]),
    "perf_data": st.just("a=1"),
}
of_hosts = st.fixed_dictionaries(
    {
        "host_name": st.sampled_from(HOSTS),
        # The last one is no state of a host.
        "state": st.sampled_from(["UP", "DOWN", "UNREACHABLE", "OK"]),
        "state_type": st.just("HARD"),
        "last_state": st.just("UP"),
        "last_state_type": st.just("HARD"),
        **common,
    }
)


def of_services(kinds: list[str]) -> st.SearchStrategy[Item]:
    return st.fixed_dictionaries(
        {
            "host_name": st.sampled_from(HOSTS),
            "service_name": st.sampled_from(SERVICES),
            "state": st.sampled_from(["OK", "WARNING", "CRITICAL", "UNKNOWN", "DOWN"]),
            "state_type": st.sampled_from(kinds),
            "last_state": st.just("OK"),
            "last_state_type": st.just("HARD"),
            **common,
        }
    )


@pytest.fixture(scope="module", params=["sqlite", "mongomock"])
def pair(request: pytest.FixtureRequest, new_site: NewSite) -> Iterator[tuple[Site, Site]]:
    sites = new_site(request.param), new_site(request.param)
    yield sites
    for site in sites:
        site.close()


def emptied(site: Site) -> None:
    for resource in ("history", "logcheckresult", "service", "host"):
        site.store.delete(resource, {"name": {"$ne": "_dummy"}} if resource == "host" else {})
    site.store.update_fields("livesynthesis", {}, dict.fromkeys(counters(site), 0))
    for name in HOSTS:
        host = site.new("host", name=name, ls_state="UP")
        for service in SERVICES:
            site.new("service", name=service, host=host["_id"], ls_state="OK")


def counters(site: Site) -> Item:
    found = site.store.find_one("livesynthesis", {"_realm": ObjectId(site.realm)})
    return {name: value for name, value in found.items() if name.startswith(("hosts_", "services_"))}


def left(site: Site, *without: str) -> list[Any]:
    """What is stored."""
    found = [
        {
            name: value
            for name, value in item.items()
            if name not in (*_ALWAYS_NEW, *without) and not isinstance(value, ObjectId)
        }
        for resource in ("host", "service", "logcheckresult", "history")
        for item in site.store.find(resource, {})
    ]
    return [*found, counters(site)]


def play(sites: tuple[Site, Site], results: list[Item]) -> None:
    for site in sites:
        emptied(site)
    assert sites[0].admin.post("logcheckresult", results).status == 201
    for result in results:
        assert sites[1].admin.post("logcheckresult", result).status == 201


@settings(max_examples=12)
@given(results=st.lists(st.one_of(of_hosts, of_services(["HARD"])), min_size=1, max_size=8))
def test_hard_states(pair: tuple[Site, Site], results: list[Item]) -> None:
    play(pair, results)
    assert left(pair[0]) == left(pair[1])


@settings(max_examples=12)
@given(results=st.lists(of_services(["HARD", "SOFT"]), min_size=1, max_size=8))
def test_soft_states(pair: tuple[Site, Site], results: list[Item]) -> None:
    play(pair, results)
    # A host's overall state comes of the services' that are hard when it is computed: once in a bulk.
    assert left(pair[0], "_overall_state_id") == left(pair[1], "_overall_state_id")
    services = [[item["_overall_state_id"] for item in site.store.find("service", {})] for site in pair]
    assert services[0] == services[1]
