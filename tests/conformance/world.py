"""A test's view of the backend: makes items with unique names, knows the start documents, cleans up."""

from __future__ import annotations

import itertools
import time
from typing import Any, TypeVar

from servers.caller import Answer, Caller
from servers.running import RunningBackend

T = TypeVar("T")
Item = dict[str, Any]

_numbers = itertools.count(1)
_WITHOUT_REALM = {"realm", "userrestrictrole", "alignakretention", "logcheckresult", "history"}
_WITHOUT_REALM |= {"actionacknowledge", "actiondowntime", "actionforcecheck"}
_WITHOUT_NAME = {"userrestrictrole", "alignakretention", "logcheckresult", "history", "livesynthesis"}
_WITHOUT_NAME |= {"actionacknowledge", "actiondowntime", "actionforcecheck"}


def unique(prefix: str = "item") -> str:
    """A name nobody else uses."""
    return f"{prefix}-{next(_numbers)}"


def next_second() -> None:
    """Wait until a date made from now on differs from all made before: dates are in whole seconds."""
    time.sleep(1.01 - time.time() % 1)


class World:
    """Makes, reads, edits and removes items; whatever it made is deleted by `clean`.

    Methods that return an item require success; use `caller` for requests that may be refused.
    """

    def __init__(self, backend: RunningBackend, caller: Caller | None = None, made: list[str] | None = None) -> None:
        self.backend = backend
        self.caller = caller or backend.admin
        self.made: list[str] = [] if made is None else made
        self._known: dict[tuple[str, str], str] = {}

    # The backend and its start documents

    def sane(self, *, real: T, sane: T) -> T:
        """What the released backend does, and what every other backend does instead."""
        return real if self.backend.is_real else sane

    def id_of(self, resource: str, name: str) -> str:
        """The id of a start document."""
        key = (resource, name)
        if key not in self._known:
            (item,) = self.backend.admin.items(resource, where={"name": name})
            self._known[key] = item["_id"]
        return self._known[key]

    @property
    def realm_all(self) -> str:
        return self.id_of("realm", "All")

    @property
    def dummy(self) -> str:
        return self.id_of("host", "_dummy")

    # Items

    def post(self, resource: str, /, **fields: Any) -> Answer:
        """POST, with a unique name and the realm All where a name and a realm are needed and not given."""
        answer = self.caller.post(resource, self.complete(resource, **fields))
        self.remember(resource, answer)
        return answer

    def complete(self, resource: str, /, **fields: Any) -> Item:
        """The fields that `post` would send."""
        if resource not in _WITHOUT_NAME:
            fields.setdefault("name", unique(resource))
        if resource not in _WITHOUT_REALM:
            fields.setdefault("_realm", self.realm_all)
        return fields

    def remember(self, resource: str, answer: Answer) -> None:
        """Delete at the end what this POST made."""
        if answer.status == 201:
            made = answer.json.get("_items", [answer.json])
            self.made += [f"{resource}/{item['_id']}" for item in made]

    def new(self, resource: str, /, **fields: Any) -> Item:
        """POST and read back."""
        answer = self.post(resource, **fields)
        assert answer.status == 201, answer
        return self.read(resource, answer.json)

    def read(self, resource: str, item: Item | str, **params: Any) -> Item:
        answer = self.caller.get(f"{resource}/{item if isinstance(item, str) else item['_id']}", **params)
        assert answer.status == 200, answer
        found: Item = answer.json
        return found

    def edit(self, resource: str, item: Item | str, /, **fields: Any) -> Item:
        """PATCH with the current ETag, and read back."""
        path = f"{resource}/{item if isinstance(item, str) else item['_id']}"
        answer = self.caller.patch(path, fields)
        assert answer.status == 200, answer
        return self.read(resource, answer.json)

    def remove(self, resource: str, item: Item | str) -> Answer:
        return self.caller.delete(f"{resource}/{item if isinstance(item, str) else item['_id']}")

    def exists(self, resource: str, item: Item) -> bool:
        return self.backend.admin.get(f"{resource}/{item['_id']}").status == 200

    def clean(self) -> None:
        """Delete what was made, the last first; what is gone already, or may not go, stays as it is."""
        admin = self.backend.admin
        for path in reversed(self.made):
            if path.startswith("user/"):
                for role in admin.items("userrestrictrole", where={"user": path.removeprefix("user/")}):
                    admin.delete(f"userrestrictrole/{role['_id']}", role["_etag"])
            admin.delete(path)
            if path.startswith("realm/"):
                for synthesis in admin.items("livesynthesis", where={"_realm": path.removeprefix("realm/")}):
                    admin.delete(f"livesynthesis/{synthesis['_id']}", synthesis["_etag"])
        self.made.clear()

    # What several subjects need

    def service(self, host: Item, /, **fields: Any) -> Item:
        return self.new("service", host=host["_id"], **fields)

    def person(self, *, keep_role: bool = False, **fields: Any) -> tuple[Item, World]:
        """A user who is logged in, and what they see; without any right unless the role of creation is kept."""
        user = self.new("user", password="secret", **fields)
        if not keep_role:
            for role in self.backend.admin.items("userrestrictrole", where={"user": user["_id"]}):
                self.backend.admin.delete(f"userrestrictrole/{role['_id']}", role["_etag"])
        caller = self.backend.admin.login(user["name"], "secret")
        return user, World(self.backend, caller, self.made)

    def grant(self, user: Item, realm: Item | str, /, *crud: str, **fields: Any) -> Item:
        """A right of a user in a realm."""
        realm_id = realm if isinstance(realm, str) else realm["_id"]
        return self.new("userrestrictrole", user=user["_id"], realm=realm_id, crud=list(crud), **fields)

    def synthesis(self, realm: Item | str) -> Item:
        """The livesynthesis of a realm; it must have one."""
        realm_id = realm if isinstance(realm, str) else realm["_id"]
        (found,) = self.backend.admin.items("livesynthesis", where={"_realm": realm_id})
        return found


def is_refusal_text(answer: Answer, status: int = 412) -> bool:
    """Whether it is a refusal by a rule of the backend: one line of plain text, not JSON."""
    return answer.status == status and not answer.is_json and "\n" not in answer.text and answer.text != ""


def is_error_json(answer: Answer, status: int) -> bool:
    """Whether it is an error of the REST layer: JSON with a code and a message."""
    if answer.status != status or not answer.is_json:
        return False
    body = answer.json
    return body["_status"] == "ERR" and body["_error"]["code"] == status and isinstance(body["_error"]["message"], str)
