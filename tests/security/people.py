"""Who sends requests, from nobody to a super administrator, and an item of each resource in a realm of theirs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from alignak_backend_client.model import public_resources
from embedded.site import Item, Site, unique
from servers.caller import Answer, Caller

#: Columns of the table of answers.
PEOPLE = ("nobody", "wrong token", "no right", "other realm", "chief", "admin")
ALL = ("create", "read", "update", "delete", "custom")


class Town:
    """Two realms side by side, and people.

    Attributes:
        here: id of the realm that holds the items.
        there: id of another one.
        callers: who sends requests. ``no right`` has none, ``other realm`` reads the other realm, ``chief`` has all
            rights here, and may submit commands.
        users: ids of those who have a user.
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self._items: dict[str, Item] = {}
        self.always: str = site.find("timeperiod", name="24x7")["_id"]
        self.here: str = site.new("realm")["_id"]
        self.there: str = site.new("realm")["_id"]
        self.users: dict[str, str] = {"admin": site.find("user", name="admin")["_id"]}
        self.callers = {
            "nobody": site.nobody,
            "wrong token": Caller(site.client, "1400000000000-00000000-0000-0000-0000-000000000000"),
            "no right": self._person("no right", self.here),
            "other realm": self._person("other realm", self.there, "read"),
            "chief": self._person("chief", self.here, *ALL, can_submit_commands=True),
            "admin": site.admin,
        }
        place = {"_realm": self.here, "_sub_realm": False}
        self.host: Item = site.new("host", **place)
        self.service: Item = site.new("service", host=self.host["_id"], **place)
        self.foreign_host: Item = site.new("host", _realm=self.there, _sub_realm=False, customs={"KEY": "hidden text"})

    def _person(self, who: str, realm: str, *crud: str, **fields: Any) -> Caller:
        user, caller = self.site.person(name=who, _realm=realm, _sub_realm=False, **fields)
        for role in self.site.admin.items("userrestrictrole", where={"user": user["_id"]}):
            assert self.site.admin.delete(f"userrestrictrole/{role['_id']}", role["_etag"]).status == 204
        if crud:
            self.site.grant(user, realm, *crud)
        self.users[who] = user["_id"]
        return caller

    def body(self, resource: str, realm: str | None = None, who: str = "admin") -> Item:
        """A new item of a realm (here, when none is given), with what the data model wants; actions in one's name."""
        realm = realm or self.here
        host = self.host["_id"] if realm == self.here else self.foreign_host["_id"]
        found: Item = {}
        for name in public_resources()[resource].required:
            found[name] = _VALUES.get(name, "text")
        fields = public_resources()[resource].fields
        if "name" in fields:
            found["name"] = unique(resource)
        if resource == "realm":
            found["_parent"] = realm
        elif resource == "userrestrictrole":
            found.update(user=self.users["no right"], realm=realm)
        elif resource in ("history", "logcheckresult") or resource.startswith("action"):
            found["host"] = host
            if resource.startswith("action"):
                found.update(service=None, user=self.users.get(who, self.users["admin"]))
            if resource == "actiondowntime":
                found.update(start_time=1, end_time=2)
        elif "_realm" in fields:
            if resource == "alignakdaemon":
                found["type"] = "arbiter"
            found.update(_realm=realm, _sub_realm=False)
            if resource == "service":
                found["host"] = host
        return {name: self.always if name.endswith("_period") else value for name, value in found.items()}

    def item(self, resource: str) -> Item:
        """An item here that the administrator made and nobody has changed since."""
        if resource not in self._items:
            answer = self.site.admin.post(resource, self.body(resource))
            assert answer.status == 201, answer
            self._items[resource] = answer.json
        return self._items[resource]

    def forget(self, resource: str) -> None:
        """Make another item the next time."""
        self._items.pop(resource, None)


_VALUES: dict[str, Any] = {
    "type": "webui.comment",
    "state": "UP",
    "state_type": "HARD",
    "last_state_type": "HARD",
    "last_state": "UP",
    "port": 1,
    "last_check": 1,
    "alive": True,
    "reachable": True,
    "passive": False,
    "spare": False,
    "users": [],
    "usergroups": [],
}


#: Requests that leave the item as it is.
_KEEPING = frozenset(
    {"list", "head", "get", "head item", "create", "create there", "create many", "options", "options item"}
)


def ask(town: Town, who: str, what: str, resource: str) -> str:
    """Send one request of the table, and return its status; of a list, with ``+`` when the item is in it."""
    caller, item = town.callers[who], town.item(resource)
    new = partial(town.body, resource, who=who)
    path, etag = f"{resource}/{item['_id']}", {"If-Match": item["_etag"]}
    change = {"schema_version": 7}
    override = {**etag, "X-HTTP-Method-Override": "PATCH"}
    sent: dict[str, Callable[[], Answer]] = {
        "list": lambda: caller.get(resource),
        "head": lambda: caller.call("HEAD", resource),
        "create": lambda: caller.post(resource, new()),
        "create there": lambda: caller.post(resource, new(town.there)),
        "create many": lambda: caller.post(resource, [new(), new()]),
        "clear": lambda: caller.call("DELETE", resource),
        "get": lambda: caller.get(path),
        "head item": lambda: caller.call("HEAD", path),
        "patch": lambda: caller.call("PATCH", path, change, headers=etag),
        "patch by post": lambda: caller.call("POST", path, change, headers=override),
        "put": lambda: caller.call("PUT", path, new(), headers=etag),
        "delete": lambda: caller.call("DELETE", path, headers=etag),
        "delete many": lambda: caller.post(f"{resource}/delete", [{"_id": item["_id"], "_etag": item["_etag"]}]),
        "options": lambda: caller.call("OPTIONS", resource),
        "options item": lambda: caller.call("OPTIONS", path),
        "put all": lambda: caller.call("PUT", resource, new()),
        "patch all": lambda: caller.call("PATCH", resource, change),
        "post on item": lambda: caller.post(path, new()),
        "no such item": lambda: caller.get(f"{resource}/{'0' * 24}"),
        "no such url": lambda: caller.get(f"{resource}/{'0' * 23}g"),
    }
    answer = sent[what]()
    if answer.status < 300 and what not in _KEEPING:
        town.forget(resource)
    if what == "list" and answer.status == 200:
        return "200+" if item["_id"] in [found["_id"] for found in answer.json["_items"]] else "200-"
    if what == "delete many" and answer.status == 200:
        return "200+" if answer.json["_items"][0]["_status"] == "OK" else "200-"
    return str(answer.status)
