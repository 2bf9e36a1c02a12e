"""Filters, orders and fields as people write them: what they mean, and the errors when they are wrong."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignak_backend_client.client import Backend
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.filters import Filter, all_of
from alignak_backend_client.items.query.fields import QueryError, parse_field, parse_fields
from alignak_backend_client.items.query.order import parse_order
from alignak_backend_client.items.query.where import parse_where
from alignak_backend_client.model import resources_by_name
from items.knowing import identity, knowing

MODEL = resources_by_name()
NOWHERE = Backend("http://127.0.0.1:9", retries=0)

pytestmark = pytest.mark.usefixtures("utc")


def query(text: str, resource: str = "host") -> Any:
    """What the backend is asked for."""
    return parse_where(MODEL[resource], [text]).resolve(NOWHERE, knowing()).query


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("name=web-01", {"name": "web-01"}),
        (" name = web 01 ", {"name": "web 01"}),
        ("name!=a=b", {"name": {"$ne": "a=b"}}),
        ("name=<b>", {"name": "<b>"}),
        ("name~^web-", {"name": {"$regex": "^web-"}}),
        ("name>m", {"name": {"$gt": "m"}}),
        # The backend takes what looks like an id or a date for such.
        (f"name={'a' * 24}", {"name": {"$regex": f"^{'a' * 24}$"}}),
        (f"name!={'a' * 24}", {"name": {"$not": {"$regex": f"^{'a' * 24}$"}}}),
        (f"_id={'A' * 24}", {"_id": "a" * 24}),
        (f"_id!={'a' * 24}", {"_id": {"$ne": "a" * 24}}),
        ("ls_state=DOWN", {"ls_state": "DOWN"}),
        ("business_impact>=3", {"business_impact": {"$gte": 3}}),
        ("business_impact<3", {"business_impact": {"$lt": 3}}),
        ("ls_latency<=0.5", {"ls_latency": {"$lte": 0.5}}),
        ("ls_latency>-1e3", {"ls_latency": {"$gt": -1000.0}}),
        ("ls_acknowledged=yes", {"ls_acknowledged": True}),
        ("ls_acknowledged!=TRUE", {"ls_acknowledged": {"$ne": True}}),
        ("ls_acknowledged=false", {"ls_acknowledged": False}),
        ("ls_acknowledged=no", {"ls_acknowledged": False}),
        (f"business_impact<{2**63 - 1}", {"business_impact": {"$lt": 2**63 - 1}}),
        ("location.type=Point", {"location.type": "Point"}),
        ("_etag=5", {"_etag": "5"}),
        ("_created<2026-02-02", {"_created": {"$lt": "Mon, 02 Feb 2026 00:00:00 GMT"}}),
        ("tags=linux", {"tags": "linux"}),
        ("tags~^lin", {"tags": {"$regex": "^lin"}}),
        ("notification_options!=d", {"notification_options": {"$ne": "d"}}),
        ("customs._OS=Debian", {"customs._OS": "Debian"}),
        ("customs._OS=12", {"customs._OS": {"$in": ["12", 12]}}),
        ("customs._OS!=12", {"customs._OS": {"$nin": ["12", 12]}}),
        ("customs._OS>1.5", {"customs._OS": {"$gt": 1.5}}),
        ("alias=", {"$or": [{"alias": None}, {"alias": ""}]}),
        ("alias!=", {"$nor": [{"$or": [{"alias": None}, {"alias": ""}]}]}),
        ("parents=", {"$or": [{"parents": None}, {"parents": []}]}),
        ("check_period=", {"check_period": None}),
        ("check_period!=", {"$nor": [{"check_period": None}]}),
        ("customs=", {"$or": [{"customs": None}, {"customs": {}}]}),
        ("ls_last_check>1770000000", {"ls_last_check": {"$gt": 1770000000}}),
        ("ls_last_check<2026-02-02 02:40", {"ls_last_check": {"$lt": 1770000000}}),
        ("ls_last_check<@1770000000", {"ls_last_check": {"$lt": 1770000000}}),
        ("_updated>=2026-02-02", {"_updated": {"$gte": "Mon, 02 Feb 2026 00:00:00 GMT"}}),
        ("_updated=2026-02-02T04:40:00+02:00", {"_updated": "Mon, 02 Feb 2026 02:40:00 GMT"}),
        ('{"name": {"$in": ["a", "b"]}}', {"name": {"$in": ["a", "b"]}}),
        (" {} ", {}),
    ],
)
def test_filters(text: str, asked: dict[str, Any]) -> None:
    assert query(text) == asked


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is not a filter: use field=value, !=, ~, <, <=, > or >=, or a JSON object"),
        ("web-01", "'web-01' is not a filter"),
        ("=x", "'=x' is not a filter"),
        ("nmae=x", "Hosts have no field 'nmae': did you mean 'name'?"),
        ("state=UP", "Hosts have no field 'state': did you mean 'ls_state'?"),
        ("zzzzz=x", "Hosts have no field 'zzzzz': 'explain host' lists the fields"),
        (".=x", "Hosts have no field ''"),
        ("name.x=1", "'name.x': name has no fields of its own"),
        ("name.=1", "'name.' does not name a field"),
        ("_realm.alias=x", "'_realm.alias' is a field of another item: filter by _realm, such as '_realm=NAME'"),
        ("ls_state=DWON", "ls_state: invalid value 'DWON': did you mean 'DOWN'?"),
        ("ls_state=zz", "ls_state: invalid value 'zz': the values are: UP, DOWN, UNREACHABLE"),
        ("notification_options=q", "notification_options: invalid value 'q'"),
        ("business_impact=high", "business_impact is a number, not 'high'"),
        ("business_impact=nan", "business_impact is a number, not 'nan'"),
        ("business_impact=1_0", "business_impact is a number, not '1_0'"),
        ("business_impact=²", "business_impact is a number, not '²'"),
        (f"business_impact={10**30}", "business_impact is a number"),
        (f"business_impact={2**63}", "business_impact is a number"),
        ("business_impact>1e400", "business_impact is a number"),
        (f"business_impact={'9' * 5000}", "business_impact is a number"),
        ("business_impact>", "business_impact> needs a value"),
        ("business_impact~3", "business_impact is not text: ~ works only with text"),
        ("ls_last_check>soon", "ls_last_check: 'soon' is not a time: use 2h, 18:00, 'yesterday 18:00'"),
        ("_updated>soon", "_updated: 'soon' is not a time: use 2h, 18:00, 'yesterday 18:00'"),
        ("_id=5", "_id is an id of 24 hexadecimal digits, not '5'"),
        ("ls_acknowledged=2", "ls_acknowledged is true or false, not '2'"),
        ("ls_acknowledged>true", "ls_acknowledged has no order: only = and != work with it"),
        ("tags>a", "tags has no order"),
        ("location=x", "location is an object: compare a part of it, such as location.KEY"),
        ("location~x", "location is not text"),
        ("_creatd=x", "did you mean '_created'?"),
        ("customs=x", "customs is an object: compare a part of it, such as customs.KEY"),
        ("_realm>All", "_realm is a link: it can be compared with =, != and ~"),
        ("name~[", "'[' is not a regular expression: unterminated character set"),
        ("{name: x}", "The filter '{name: x}' is not valid JSON"),
        ('{"a": ' * 3000, "is not valid JSON"),
    ],
)
def test_messages_for_invalid_filters(text: str, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        query(text)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("field", ["password", "token"])
def test_secrets_cannot_be_asked_for(field: str) -> None:
    message = f"The field '{field}' of users is a secret"
    for ask in (lambda: query(f"{field}~^x", "user"), lambda: parse_fields(MODEL["user"], field)):
        with pytest.raises(QueryError, match=message):
            ask()
    with pytest.raises(QueryError, match=message):
        parse_order(MODEL["user"], f"name,-{field}")
    with pytest.raises(QueryError, match=message):
        parse_field(MODEL["host"], f"users.{field}")


@given(st.text() | st.from_regex(r"[a-z_.]+(=|!=|~|<)[^\x00]*"))
def test_any_text_is_a_filter_or_an_error(text: str) -> None:
    with contextlib.suppress(QueryError):
        parse_where(MODEL["service"], [text])


SITE = {
    "realm": [{"_id": 1, "name": "All"}, {"_id": 2, "name": "Paris"}],
    "host": [{"_id": 10, "name": "web"}, {"_id": 11, "name": "db", "_is_template": True}],
    "service": [
        {"_id": 20, "name": "cpu", "host": 10},
        {"_id": 21, "name": "cpu", "host": 11},
    ],
}


@pytest.mark.parametrize(
    ("resource", "text", "asked"),
    [
        ("host", "_realm=Paris", {"_realm": {"$in": [identity(2)]}}),
        ("host", "_realm!=Paris", {"_realm": {"$nin": [identity(2)]}}),
        ("host", f"_realm={identity(2)}", {"_realm": {"$in": [identity(2)]}}),
        ("host", "_templates=db", {"_templates": {"$in": [identity(11)]}}),
        ("history", "service=web/cpu", {"service": {"$in": [identity(20)]}}),
        ("history", "service=cpu", {"service": {"$in": [identity(20), identity(21)]}}),
    ],
)
def test_links_are_compared_by_name(resource: str, text: str, asked: dict[str, Any]) -> None:
    assert parse_where(MODEL[resource], [text]).resolve(NOWHERE, knowing(**SITE)) == Filter(asked)


def test_an_unknown_name_is_reported() -> None:
    where = parse_where(MODEL["host"], ["_realm=Pairs"])
    with pytest.raises(ItemError, match="_realm: no realm 'Pairs'"):
        where.resolve(NOWHERE, knowing(**SITE))


def test_several_filters_hold_together() -> None:
    where = parse_where(MODEL["host"], ["{}", '{"alias": "x"}', "name=a", "business_impact>1", "business_impact<5"])
    assert where.fields == {"name", "business_impact"}
    conditions = [
        {"alias": "x"},
        {"name": "a"},
        {"business_impact": {"$gt": 1}},
        {"business_impact": {"$lt": 5}},
    ]
    assert where.resolve(NOWHERE, knowing()).query == {"$and": conditions}
    assert parse_where(MODEL["host"], []).resolve(NOWHERE, knowing()) == Filter({})
    linked = (("host", frozenset("b"), True),)
    assert all_of(Filter({}), Filter({"a": 1}, linked), Filter({})) == Filter({"a": 1}, linked)
    assert all_of(Filter({"a": 1}), Filter({"b": 1})) == Filter({"$and": [{"a": 1}, {"b": 1}]})
    assert all_of() == Filter({})


def test_more_ids_than_a_url_holds_are_looked_at_here() -> None:
    hosts = [{"_id": number, "name": "web"} for number in range(100, 161)]
    catalog = knowing(host=hosts)
    ids = frozenset(identity(number) for number in range(100, 161))
    equal = parse_where(MODEL["service"], ["host=web"]).resolve(NOWHERE, catalog)
    assert equal == Filter({}, (("host", ids, True),))
    assert equal.fields == {"host": 1}
    assert equal.accepts({"host": identity(100)})
    assert not equal.accepts({"host": identity(1)})
    assert not equal.accepts({})
    assert not equal.accepts({"host": {"_id": identity(100)}})
    other = parse_where(MODEL["service"], ["host!=web", "name=cpu"]).resolve(NOWHERE, catalog)
    assert other == Filter({"name": "cpu"}, (("host", ids, False),))
    assert not other.accepts({"host": identity(100)})
    assert other.accepts({"host": identity(1)})
    both = Filter({}, (("host", ids, True), ("_realm", frozenset({identity(1)}), True)))
    assert both.accepts({"host": identity(100), "_realm": identity(1)})
    assert not both.accepts({"host": identity(100), "_realm": identity(2)})
    assert not both.accepts({"host": identity(1), "_realm": identity(1)})
    many = parse_where(MODEL["host"], ["parents=web"]).resolve(NOWHERE, catalog)
    assert many.accepts({"parents": [identity(1), identity(100)]})
    assert not many.accepts({"parents": []})
    assert not many.accepts({"parents": [identity(1), None, {}]})
    assert not many.accepts({"parents": None})


def test_a_page_of_ids_stays_short() -> None:
    hosts = [{"_id": number, "name": "web"} for number in range(100, 160)]
    found = parse_where(MODEL["service"], ["host=web"]).resolve(NOWHERE, knowing(host=hosts))
    assert not found.linked
    assert len(json.dumps(found.query)) < 2000


@pytest.mark.parametrize(
    ("path", "steps", "resource", "name"),
    [
        ("name", [], "service", "name"),
        ("host", [], "service", "host"),
        ("host.address", ["host"], "host", "address"),
        ("host._realm._parent.alias", ["host", "_realm", "_parent"], "realm", "alias"),
        ("_realm._parent._parent._parent._parent.name", ["_realm", *["_parent"] * 4], "realm", "name"),
        ("host.location.type", ["host"], "host", "location.type"),
        ("host.customs._OS", ["host"], "host", "customs._OS"),
        ("customs._A.b", [], "service", "customs._A.b"),
        ("_updated", [], "service", "_updated"),
    ],
)
def test_paths_lead_to_fields(path: str, steps: list[str], resource: str, name: str) -> None:
    field = parse_field(MODEL["service"], path)
    assert ([link.field for link in field.steps], field.resource.name, field.name) == (steps, resource, name)
    assert field.path == path


def test_fields_are_listed_with_commas() -> None:
    fields = parse_fields(MODEL["host"], " name, _realm ,name,")
    assert [field.path for field in fields] == ["name", "_realm"]
    for text in ("", " , "):
        with pytest.raises(QueryError, match="No fields given"):
            parse_fields(MODEL["host"], text)
    with pytest.raises(QueryError, match=r"Realms have no field 'nmae': did you mean 'name'\?"):
        parse_fields(MODEL["host"], "name,_realm.nmae")
    with pytest.raises(QueryError, match="does not name a field"):
        parse_fields(MODEL["host"], "_realm._parent._parent._parent._parent._parent.name")


def test_a_default_that_is_not_allowed_is_known() -> None:
    assert query("notification_failure_criteria=u", "hostdependency") == {"notification_failure_criteria": "u"}
    assert query("notification_failure_criteria=n", "hostdependency") == {"notification_failure_criteria": "n"}
    with pytest.raises(QueryError, match="the values are: o, d, x, p, n, u"):
        query("notification_failure_criteria=q", "hostdependency")


def test_free_resources_may_hold_any_field() -> None:
    assert parse_field(MODEL["alignak"], "my_own").schema == {}
    assert query("my_own=5", "alignak") == {"my_own": {"$in": ["5", 5]}}


@pytest.mark.parametrize(
    ("text", "param"),
    [
        ("name", "name"),
        ("-ls_last_check,name", "-ls_last_check,name"),
        (" -business_impact , customs._OS ", "-business_impact,customs._OS"),
        ("_realm", None),
        ("name,host.address", None),
    ],
)
def test_the_backend_sorts_by_what_it_knows(text: str, param: str | None) -> None:
    assert parse_order(MODEL["service"], text.replace("customs", "customs")).param == param


@pytest.mark.parametrize("text", ["", ",", "-", "nmae", "--name"])
def test_invalid_orders_are_reported(text: str) -> None:
    with pytest.raises(QueryError):
        parse_order(MODEL["host"], text)


def test_the_first_key_counts_most_and_equal_ones_stay() -> None:
    order = parse_order(MODEL["service"], "host,-business_impact")
    values: list[dict[str, Any]] = [
        {"host": "web", "business_impact": 1},
        {"host": None, "business_impact": 1},
        {"host": "db", "business_impact": None},
        {"host": "web", "business_impact": 5},
        {"host": "web", "business_impact": "5"},
        {"host": ["db"], "business_impact": 1},
        {"host": "db", "business_impact": None},
    ]
    assert order.sort(list(range(7)), values) == [1, 2, 6, 4, 3, 0, 5]
