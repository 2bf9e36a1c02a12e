"""`serve --mongo-uri` on a database that the Alignak backend has written, and the Alignak backend on it afterwards."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from pymongo import MongoClient

from alignak_backend_client.model import public_resources
from servers.caller import Caller
from servers.ferretdb import FerretDB
from servers.provision import ServerUnavailableError
from servers.real import RealBackend
from servers.running import ADMIN
from servers.serve import Serve

Item = dict[str, Any]
LogIn = Callable[..., Caller]
pytestmark = pytest.mark.mongo_only

BOB = ("bob", "secret")
SECRETS = ("password", "token")


@dataclass
class Written:
    """What the Alignak backend has left.

    Attributes:
        uri: of the database.
        items: as it showed them, by resource.
        tokens: by the names of users.
    """

    uri: str
    items: dict[str, list[Item]]
    tokens: dict[str, str]

    def item(self, resource: str, name: str) -> Item:
        (found,) = [item for item in self.items[resource] if item["name"] == name]
        return found


@pytest.fixture
def log_in() -> Iterator[LogIn]:
    with contextlib.ExitStack() as clients:

        def begin(url: str, *login: str) -> Caller:
            client = httpx2.Client(base_url=url + "/", timeout=60, trust_env=False)
            return Caller(clients.enter_context(client)).login(*(login or ADMIN))

        yield begin


def result(state: str, last: str) -> Item:
    return {"state": state, "state_type": "HARD", "last_state": last, "last_state_type": "HARD", "output": "x"}


def everything(admin: Caller) -> dict[str, list[Item]]:
    return {resource: admin.items(resource) for resource in public_resources()}


@pytest.fixture
def written(ferretdb: FerretDB, log_in: LogIn) -> Written:
    uri = ferretdb.uri()
    try:
        with RealBackend(mongo_uri=uri) as real:
            admin = log_in(real.url)
            top = admin.items("realm")[0]["_id"]
            admin.created("realm", name="Sub", _parent=top)
            template = admin.created("host", name="template", _realm=top, _is_template=True)
            admin.created("service", name="ping", host=template, _realm=top, _is_template=True)
            host = admin.created("host", name="web", _realm=top, _templates=[template], customs={"_DISK": "/"})
            admin.created("hostgroup", name="all", hosts=[host], _realm=top)
            admin.created("logcheckresult", host=host, **result("DOWN", "UP"))
            user = admin.created("user", name=BOB[0], password=BOB[1], _realm=top)
            admin.created("userrestrictrole", user=user, realm=top, crud=["read"])
            tokens = {"admin": admin.token, "bob": log_in(real.url, *BOB).token}
            return Written(uri, everything(admin), tokens)
    except ServerUnavailableError as error:
        pytest.skip(str(error))


@pytest.fixture
def served(written: Written) -> Iterator[Serve]:
    with Serve(f"--mongo-uri={written.uri}") as server:
        yield server


def test_items_are_shown_as_before(written: Written, served: Serve, log_in: LogIn) -> None:
    found = everything(log_in(served.url))
    # Each realm has its own here.
    assert len(found["livesynthesis"]) == len(found["realm"])
    for resource, items in written.items.items():
        now = {item["_id"]: item for item in found[resource]}
        assert len(now) == len(items) or resource == "livesynthesis"
        for item in items:
            before = {name: value for name, value in item.items() if name not in SECRETS and name != "_links"}
            assert {name: now[item["_id"]].get(name) for name in before} == before


def test_users_log_in_and_stay_logged_in(written: Written, served: Serve, log_in: LogIn) -> None:
    bob = log_in(served.url, *BOB)
    assert bob.token == written.tokens["bob"]
    assert [host["name"] for host in bob.items("host")] == ["_dummy", "template", "web"]
    assert bob.post("host", {"name": "x", "_realm": written.item("realm", "All")["_id"]}).status == 401


def test_names_are_unique_though_the_alignak_backend_has_indexes_of_them(written: Written, served: Serve) -> None:
    assert "no index" not in served.output
    with MongoClient[Item](written.uri) as client:
        indexes = client.get_default_database().host.index_information().values()
    assert [("name", 1)] in [index["key"] for index in indexes if not index.get("unique")]
    assert [("name", -1)] in [index["key"] for index in indexes if index.get("unique")]


def test_changes_go_on_and_the_alignak_backend_takes_them_back(written: Written, log_in: LogIn) -> None:
    """Users that log in here have another hash from then on, which the Alignak backend does not know."""
    top, host = written.item("realm", "All")["_id"], written.item("host", "web")
    template = written.item("host", "template")["_id"]
    with (
        Serve(f"--mongo-uri={written.uri}") as served,
        httpx2.Client(base_url=served.url + "/", trust_env=False) as client,
    ):
        admin = Caller(client, written.tokens["admin"])
        # The etag that the Alignak backend gave.
        assert admin.patch(f"host/{host['_id']}", {"notes": "seen"}, host["_etag"]).status == 200
        new = admin.created("host", name="db", _realm=top, _templates=[template])
        assert [service["name"] for service in admin.items("service", where={"host": new})] == ["ping"]
        admin.created("logcheckresult", host=host["_id"], **result("UP", last="DOWN"))
        (counted,) = admin.items("livesynthesis", where={"_realm": top})
        assert (counted["hosts_total"], counted["hosts_up_hard"], counted["services_total"]) == (2, 1, 2)
        shown = everything(admin)
    with RealBackend(mongo_uri=written.uri) as real:
        log_in(real.url, *BOB)
        again = everything(log_in(real.url))
    for resource, items in shown.items():
        assert {item["_id"] for item in again[resource]} == {item["_id"] for item in items}
    (web,) = [item for item in again["host"] if item["name"] == "web"]
    assert (web["notes"], web["ls_state"], web["customs"]) == ("seen", "UP", {"_DISK": "/"})
