"""A backend of a test's own, in this process, on either store."""

from __future__ import annotations

import itertools
from typing import Any
from urllib.parse import urlencode

import httpx2

from alignak_backend_embedded.api.application import Application
from alignak_backend_embedded.api.http import Request
from servers.caller import Answer, Caller
from servers.in_process import InProcess

Item = dict[str, Any]
_numbers = itertools.count(1)


def unique(prefix: str = "item") -> str:
    return f"{prefix} {next(_numbers)}"


class Site:
    """One backend, reached as its administrator.

    Attributes:
        app: the application.
        admin: sends requests as the first user.
        realm: id of the realm All.
    """

    def __init__(self, app: Application) -> None:
        self.app = app
        self.client = httpx2.Client(transport=InProcess(app), base_url="http://embedded.test/")
        self.nobody = Caller(self.client)
        self.admin = self.nobody.login("admin", "admin")
        self.realm: str = self.find("realm", name="All")["_id"]

    def close(self) -> None:
        self.client.close()
        self.app.close()

    @property
    def store(self) -> Any:
        """The documents as they are stored."""
        return self.app.store

    def send(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        body: bytes = b"",
        address: str = "127.0.0.1",
    ) -> Answer:
        """Send any request: httpx2 refuses some itself."""
        sent = {name.lower(): value for name, value in (headers or {}).items()}
        text = urlencode(query or {}, errors="surrogatepass")
        answer = self.app.handle(
            Request(
                method, f"/{path.removeprefix('/')}", text, sent, body, address, host=sent.get("host", "embedded.test")
            )
        )
        return Answer(answer.status, httpx2.Headers(answer.headers), answer.body.decode())

    def stored(self, resource: str, **where: Any) -> Item:
        found = self.store.find_one(resource, where)
        assert found is not None
        return dict(found)

    def find(self, resource: str, **where: Any) -> Item:
        (found,) = self.admin.items(resource, where=where)
        return dict(found)

    def read(self, resource: str, item: Item) -> Item:
        answer = self.admin.get(f"{resource}/{item['_id']}")
        assert answer.status == 200, answer
        return dict(answer.json)

    def new(self, resource: str, **fields: Any) -> Item:
        """Create an item; it gets a name, and the realm All where it needs one."""
        fields.setdefault("name", unique(resource))
        if resource != "realm":
            fields.setdefault("_realm", self.realm)
        answer = self.admin.post(resource, fields)
        assert answer.status == 201, answer
        return self.read(resource, answer.json)

    def patch(self, resource: str, item: Item, fields: Item, caller: Caller | None = None) -> Answer:
        current = self.read(resource, item)
        return (caller or self.admin).patch(f"{resource}/{item['_id']}", fields, current["_etag"])

    def edit(self, resource: str, item: Item, **fields: Any) -> Item:
        answer = self.patch(resource, item, fields)
        assert answer.status == 200, answer
        return self.read(resource, item)

    def delete(self, resource: str, item: Item, caller: Caller | None = None) -> Answer:
        return (caller or self.admin).delete(f"{resource}/{item['_id']}", self.read(resource, item)["_etag"])

    def person(self, **fields: Any) -> tuple[Item, Caller]:
        """A user who may read the realm All, logged in."""
        user = self.new("user", password="secret", **fields)
        return user, self.nobody.login(user["name"], "secret")

    def grant(self, user: Item, realm: str, *crud: str, sub_realm: bool = False, resource: str = "*") -> None:
        role = {"user": user["_id"], "realm": realm, "crud": list(crud), "sub_realm": sub_realm, "resource": resource}
        assert self.admin.post("userrestrictrole", role).status == 201


def ancestors(items: dict[str, Item], item: Item) -> list[str]:
    found: list[str] = []
    while item["_parent"] is not None:
        assert item["_parent"] not in found, "a cycle"
        found.insert(0, item["_parent"])
        item = items[item["_parent"]]
    return found


def check_tree(admin: Caller, resource: str) -> None:
    """Assert that the lists of realms or groups say what their parents say."""
    items = {item["_id"]: item for item in admin.items(resource, max_results=1000)}
    for item in items.values():
        above = ancestors(items, item)
        assert item["_tree_parents"] == above
        assert item["_level"] == len(above)
        if resource == "realm":
            children = {other["_id"] for other in items.values() if other["_parent"] == item["_id"]}
            below = {other["_id"] for other in items.values() if item["_id"] in ancestors(items, other)}
            assert set(item["_children"]) == children
            assert len(item["_children"]) == len(children)
            assert set(item["_all_children"]) == below
            assert len(item["_all_children"]) == len(below)
