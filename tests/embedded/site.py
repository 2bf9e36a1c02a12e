"""A backend of a test's own, in this process, on either store."""

from __future__ import annotations

import itertools
from typing import Any

import httpx2

from servers.caller import Answer, Caller

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

    def __init__(self, app: Any) -> None:
        self.app = app
        self.client = httpx2.Client(transport=httpx2.WSGITransport(app=app), base_url="http://embedded.test/")
        self.nobody = Caller(self.client)
        self.admin = self.nobody.login("admin", "admin")
        self.realm: str = self.find("realm", name="All")["_id"]

    def close(self) -> None:
        self.client.close()

    @property
    def store(self) -> Any:
        """The documents as they are stored; use it inside ``with site.app.app_context()``."""
        from alignak_backend_embedded.store.access import access

        return access(self.app.data)

    def stored(self, resource: str, **where: Any) -> Item:
        with self.app.app_context():
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
