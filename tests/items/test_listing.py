"""Listings on a backend: which items, in which order, how many, and what was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from alignak_backend_client.client import Backend
from alignak_backend_client.items.names import filters
from alignak_backend_client.items.names.catalog import Catalog
from alignak_backend_client.items.query import listing as listings
from alignak_backend_client.items.query.fields import parse_fields
from alignak_backend_client.items.query.listing import Listing
from alignak_backend_client.items.query.order import parse_order
from alignak_backend_client.items.query.where import parse_where
from alignak_backend_client.model import resources_by_name
from cli.running import unique

MODEL = resources_by_name()


class Watched(Backend):
    """A client that keeps what it asks for."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def get(self, endpoint: str, params: Any = None) -> dict[str, Any]:
        self.asked.append((endpoint, dict(params or {})))
        return super().get(endpoint, params)

    def pages(self, endpoint: str, params: Any = None) -> Any:
        self.asked.append((endpoint, dict(params or {})))
        return super().pages(endpoint, params)

    def get_all(self, endpoint: str, params: Any = None) -> dict[str, Any]:
        self.asked.append((endpoint, dict(params or {})))
        return super().get_all(endpoint, params)


@pytest.fixture(scope="module")
def client(backend_url: str) -> Iterator[Watched]:
    with Watched(backend_url) as a_client:
        assert a_client.login("admin", "admin") is True
        yield a_client


@pytest.fixture(scope="module")
def realm(client: Watched) -> str:
    """The id of the realm All."""
    identity: str = client.get("realm", {"where": '{"name": "All"}'})["_items"][0]["_id"]
    return identity


@pytest.fixture(scope="module")
def site(client: Watched, realm: str) -> str:
    """Nine hosts, in no order, with a service each; their names begin with what is returned."""
    site = unique("site-")
    realms = [
        client.post("realm", {"name": f"{site}-{name}", "_parent": realm, "alias": f"alias-{name}"})["_id"]
        for name in ("b", "a")
    ]
    parent = None
    for number in (5, 3, 9, 1, 7, 2, 8, 4, 6):
        host = {
            "name": f"{site}-h{number}",
            "_realm": realms[number % 2],
            "address": f"10.0.0.{number}",
            "customs": {"_N": number},
            "parents": [parent] if parent else [],
            "tags": [site],
        }
        parent = client.post("host", host)["_id"]
        client.post("service", {"name": f"{site}-cpu", "host": parent, "_realm": realm, "business_impact": number % 3})
    return site


def listing(
    client: Watched,
    resource: str,
    where: Sequence[str] = (),
    order: str | None = None,
    limit: int | None = None,
) -> Listing:
    client.asked.clear()
    catalog = Catalog(client)
    found = parse_where(MODEL[resource], where).resolve(client, catalog)
    by = parse_order(MODEL[resource], order) if order else None
    return Listing(client, catalog, MODEL[resource], found, by, limit)


def rows(a_listing: Listing, resource: str, fields: str) -> list[dict[str, Any]]:
    return list(a_listing.rows(parse_fields(MODEL[resource], fields)))


def names(a_listing: Listing, resource: str = "host") -> list[str]:
    return [row["name"].rpartition("-")[2] for row in rows(a_listing, resource, "name")]


def test_requested_fields_are_shown(client: Watched, site: str) -> None:
    one = listing(client, "service", [f"name={site}-cpu", f"host={site}-h3"])
    fields = "name,host,host.address,host._realm,host._realm.alias,host.customs._N,host.parents,host.tags,host.gone"
    with pytest.raises(ValueError, match="gone"):
        rows(one, "service", fields)
    assert rows(one, "service", fields.removesuffix(",host.gone")) == [
        {
            "name": f"{site}-cpu",
            "host": f"{site}-h3",
            "host.address": "10.0.0.3",
            "host._realm": f"{site}-a",
            "host._realm.alias": "alias-a",
            "host.customs._N": 3,
            "host.parents": [f"{site}-h5"],
            "host.tags": [site],
        }
    ]
    projections = {name: set(params["projection"]) for name, params in client.asked if "host" in str(params)}
    assert projections["service"] == {"name", "host"}


def test_lists_behind_links_and_links_that_lead_nowhere(client: Watched, site: str) -> None:
    found = rows(
        listing(client, "host", [f"tags={site}"], "name", 2),
        "host",
        "name,parents.address,check_period,check_period.alias",
    )
    assert found == [
        {"name": f"{site}-h1", "parents.address": ["10.0.0.9"], "check_period": None, "check_period.alias": None},
        {"name": f"{site}-h2", "parents.address": ["10.0.0.7"], "check_period": None, "check_period.alias": None},
    ]


def test_a_link_that_leads_nowhere_is_shown_as_its_id(client: Watched, realm: str) -> None:
    name = unique("gone-")
    gone = client.post("command", {"name": name, "_realm": realm})
    client.post("host", {"name": name, "_realm": realm, "check_command": gone["_id"]})
    client.delete(f"command/{gone['_id']}", {"If-Match": gone["_etag"]})
    shown = rows(listing(client, "host", [f"name={name}"]), "host", "check_command,check_command.command_line")
    assert shown == [{"check_command": gone["_id"], "check_command.command_line": None}]


def test_whole_items_have_all_fields_in_any_order(client: Watched, site: str) -> None:
    for order in (None, "name", "_realm"):
        items = [item for page in listing(client, "host", [f"tags={site}"], order, 5).pages() for item in page.items()]
        assert len(items) == 5
        assert all({"_id", "name", "address", "check_interval"} <= item.keys() for item in items)


def test_resources_with_any_fields_are_read_whole(client: Watched, realm: str) -> None:
    name = unique("instance")
    client.post("alignak", {"name": name, "my_own": "x", "_realm": realm})
    for order in (None, "name", "_realm"):
        one = listing(client, "alignak", [f"name={name}"], order)
        assert rows(one, "alignak", "name,my_own,_realm") == [{"name": name, "my_own": "x", "_realm": "All"}]


def test_without_an_order_items_are_in_order_of_creation(client: Watched, site: str) -> None:
    assert names(listing(client, "host", [f"tags={site}"])) == ["h5", "h3", "h9", "h1", "h7", "h2", "h8", "h4", "h6"]
    assert names(listing(client, "host", [f"tags={site}"], limit=3)) == ["h5", "h3", "h9"]


@pytest.mark.parametrize(
    ("order", "first"),
    [
        ("name", "h1"),
        ("-name", "h9"),
        ("_realm,name", "h1"),
        ("-_realm,-name", "h8"),
        ("_realm.alias,-customs._N", "h9"),
    ],
)
@pytest.mark.parametrize("limit", [None, 1, 4])
def test_orders(client: Watched, site: str, order: str, first: str, limit: int | None) -> None:
    one = listing(client, "host", [f"tags={site}"], order, limit)
    found = names(one)
    assert found[0] == first
    assert len(found) == one.shown == (limit or 9)
    assert one.cut is (limit is not None)
    if limit:
        assert one.total == 9


@pytest.mark.parametrize(("limit", "cut"), [(8, True), (9, False), (10, False)])
@pytest.mark.parametrize("order", [None, "name", "_realm"])
def test_a_list_that_was_cut_knows(client: Watched, site: str, limit: int, cut: bool, order: str | None) -> None:
    one = listing(client, "host", [f"tags={site}"], order, limit)
    assert len(names(one)) == one.shown == min(limit, 9)
    assert one.cut is cut


def test_few_items_are_asked_for_as_few(client: Watched, site: str) -> None:
    names(listing(client, "host", [f"tags={site}"], limit=2))
    ((endpoint, params),) = client.asked
    assert (endpoint, params["max_results"]) == ("host", 2)


def test_more_than_a_page(client: Watched, site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listings, "PAGE", 2)
    for order in (None, "name", "_realm"):
        for limit in (None, 1, 5, 9):
            one = listing(client, "host", [f"tags={site}"], order, limit)
            found = names(one)
            assert len(set(found)) == len(found) == (limit or 9)
            assert one.cut is (limit in (1, 5))


@pytest.mark.parametrize("limit", [None, 1, 3, 4])
def test_filters_too_long_for_a_url_are_evaluated_here(
    client: Watched, site: str, limit: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filters, "IDS_IN_URL", 2)
    monkeypatch.setattr(listings, "PAGE", 2)
    one = listing(client, "service", [f"name={site}-cpu", f"host~^{site}-h[1-3]$"], "host", limit)
    found = [row["host"][-2:] for row in rows(one, "service", "host")]
    assert found == ["h1", "h2", "h3"][:limit]
    assert one.cut is (limit == 1)
    one = listing(client, "service", [f"name={site}-cpu", f"host~^{site}-h[1-3]$"], None, limit)
    # The field that is looked at is read though it is not shown.
    assert [row["business_impact"] for row in rows(one, "service", "business_impact")] == [0, 1, 2][:limit]
    assert one.cut is (limit == 1)
    one = listing(client, "service", [f"name={site}-cpu", f"host!={site}-h1"], "-host", limit)
    assert len(rows(one, "service", "host")) == (limit or 8)


def test_links_by_pattern_and_without_value(client: Watched, site: str) -> None:
    assert names(listing(client, "host", [f"tags={site}", f"_realm~{site}-a$"])) == ["h5", "h3", "h9", "h1", "h7"]
    assert names(listing(client, "host", [f"tags={site}", "parents="])) == ["h5"]
    assert len(names(listing(client, "host", [f"tags={site}", "parents!="]))) == 8
    assert names(listing(client, "host", [f"tags={site}", "_realm~^nothing-like-that$"])) == []


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("name~h[12]$", ["h1", "h2"]),
        ("customs._N>7", ["h9", "h8"]),
        ("customs._N=7", ["h7"]),
        ("customs._N!=7", ["h5", "h3", "h9", "h1", "h2", "h8", "h4", "h6"]),
        ("address=10.0.0.4", ["h4"]),
        ("notes!=", []),
        ("notes=", ["h5", "h3", "h9", "h1", "h7", "h2", "h8", "h4", "h6"]),
        ("ls_last_check<2001-01-01", ["h5", "h3", "h9", "h1", "h7", "h2", "h8", "h4", "h6"]),
        ("_created<2001-01-01", []),
        ("_created>2001-01-01", ["h5", "h3", "h9", "h1", "h7", "h2", "h8", "h4", "h6"]),
        ("ls_state=UP", []),
        ("active_checks_enabled=false", []),
        ('{"customs._N": {"$in": [1, 2]}}', ["h1", "h2"]),
    ],
)
def test_filters(client: Watched, site: str, where: str, found: list[str]) -> None:
    assert names(listing(client, "host", [f"tags={site}", where])) == found
