"""What a user may see and write, by the realms in a store and the user's roles: asked directly, without a request."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, Literal, get_args

import pytest

from alignak_backend_client.model import public_resources, resources_by_name
from alignak_backend_embedded.domain.errors import NotAllowedError
from alignak_backend_embedded.domain.rights import Action, Caller, realm_field
from alignak_backend_embedded.store.object_id import ObjectId
from alignak_backend_embedded.store.sqlite.store import SQLiteStore

Item = dict[str, Any]
Verb = Literal["update", "delete"]

VERBS: tuple[Verb, ...] = get_args(Verb)
ACTIONS = ("actionacknowledge", "actiondowntime", "actionforcecheck")
TREE = {"All": [], "top": ["All"], "middle": ["All", "top"], "leaf": ["All", "top", "middle"], "side": ["All"]}
"""The realms and what is above each; ``All`` is the root."""


class Place:
    """A store with a tree of realms.

    Attributes:
        realm: the id of each realm.
    """

    def __init__(self) -> None:
        self.store = SQLiteStore(":memory:")
        self._numbers = itertools.count()
        self.realm = {name: ObjectId() for name in TREE}
        for name, above in TREE.items():
            self.store.insert(
                "realm",
                {
                    "_id": self.realm[name],
                    "name": name,
                    "_parent": self.realm[above[-1]] if above else None,
                    "_tree_parents": [self.realm[one] for one in above],
                    "_all_children": [self.realm[one] for one, parents in TREE.items() if name in parents],
                },
            )

    def person(self, **fields: Any) -> Caller:
        """Somebody without any right."""
        user = {"_id": ObjectId(), "name": f"user {next(self._numbers)}", **fields}
        self.store.insert("user", user)
        return Caller(user, self.store)

    def grant(self, person: Caller, realm: str | ObjectId | None, *crud: str, **fields: Any) -> None:
        """Give a role in a realm."""
        where = self.realm.get(realm, realm) if isinstance(realm, str) else realm
        self.store.insert("userrestrictrole", {"user": person.id, "realm": where, "crud": list(crud), **fields})

    def chief(self, realm: str, *crud: str, **fields: Any) -> Caller:
        """Somebody with a role in a realm."""
        person = self.person()
        self.grant(person, realm, *crud, **fields)
        return person

    def put(self, resource: str, name: str, realm: str | None = None, **fields: Any) -> ObjectId:
        """Store an item, and return its id."""
        placed = {} if realm is None else {"_realm": self.realm[realm]}
        (identity,) = self.store.insert(resource, {"_id": ObjectId(), "name": name, **placed, **fields})
        return identity

    def everywhere(self, resource: str = "command", **fields: Any) -> None:
        """An item in each realm, of its name."""
        for realm in TREE:
            self.put(resource, realm, realm, **fields)

    def names(self, resource: str, where: Item) -> list[str]:
        """The names of what a filter finds."""
        return [item["name"] for item in self.store.find(resource, where)]

    def seen(self, person: Caller, resource: str = "command") -> list[str]:
        return self.names(resource, person.read_filter(resource))

    def writable(self, person: Caller, verb: Verb, resource: str = "command") -> list[str]:
        return self.names(resource, person.write_filter(resource, verb))


@pytest.fixture
def place() -> Iterator[Place]:
    found = Place()
    yield found
    found.store.close()


def refused(call: Any, *arguments: Any) -> bool:
    """Whether a call says that the user has no right."""
    try:
        call(*arguments)
    except NotAllowedError:
        return True
    return False


# --- reading


def test_a_super_administrator_sees_everything(place: Place) -> None:
    admin = place.person(back_role_super_admin=True)
    for resource in public_resources():
        if resource != "alignakretention":
            assert admin.read_filter(resource) == {}


def test_without_any_right_nothing_is_seen(place: Place) -> None:
    place.everywhere()
    place.everywhere("host", _sub_realm=True)
    person = place.person()
    assert place.seen(person) == place.seen(person, "host") == place.seen(person, "realm") == []
    # The rights of others, and those that name nobody's realm, give nothing.
    place.chief("All", "read")
    place.grant(person, None, "read")
    place.grant(person, ObjectId(), "read")
    assert place.seen(Caller(person.user, place.store)) == []


def test_read_in_one_realm(place: Place) -> None:
    place.everywhere()
    assert place.seen(place.chief("middle", "read")) == ["middle"]
    assert place.seen(place.chief("middle", "read", sub_realm=False)) == ["middle"]
    assert place.seen(place.chief("middle", "create", "update", "delete")) == []


def test_read_rights_include_sub_realms(place: Place) -> None:
    place.everywhere()
    assert place.seen(place.chief("middle", "read", sub_realm=True)) == ["middle", "leaf"]
    assert place.seen(place.chief("All", "read", sub_realm=True)) == list(TREE)
    # Below is what another role does not reach.
    person = place.chief("side", "read", sub_realm=True)
    place.grant(person, "top", "read")
    assert place.seen(person) == ["top", "side"]


def test_rights_of_several_roles_add_up(place: Place) -> None:
    place.everywhere()
    person = place.chief("side", "read")
    place.grant(person, "middle", "create")
    place.grant(person, "middle", "update", "read")
    assert place.seen(person) == ["middle", "side"]


def test_a_role_is_for_one_resource_or_for_all(place: Place) -> None:
    place.everywhere()
    place.everywhere("host")
    for resource, commands in (("host", []), ("command", ["top"]), ("*", ["top"])):
        person = place.chief("top", "read", resource=resource)
        assert place.seen(person) == commands
        assert place.seen(person, "host") == ([] if resource == "command" else ["top"])


def test_items_that_parents_share_with_realms_below(place: Place) -> None:
    """An item with ``_sub_realm`` is seen in the realms below its own, and nothing else of these is."""
    place.everywhere()
    for realm in TREE:
        place.put("command", f"shared {realm}", realm, _sub_realm=True)
        place.put("command", f"kept {realm}", realm, _sub_realm=False)
    person = place.chief("middle", "read")
    own = ["middle", "shared middle", "kept middle"]
    assert sorted(place.seen(person)) == sorted([*own, "shared All", "shared top"])
    # Who may not read there gets nothing shared either.
    assert place.seen(place.chief("middle", "update")) == []
    # A realm that one reads oneself shows all.
    place.grant(person, "top", "read")
    seen = place.seen(Caller(person.user, place.store))
    assert sorted(seen) == sorted([*own, "top", "shared top", "kept top", "shared All"])


def test_items_that_name_a_reader_need_the_custom_right(place: Place) -> None:
    person = place.person()
    for realm in TREE:
        place.put("command", realm, realm, _users_read=[person.id], _users_update=[person.id])
        place.put("command", f"foreign {realm}", realm, _users_read=[ObjectId()])
    assert place.seen(person) == []
    place.grant(person, "middle", "custom")
    assert place.seen(Caller(person.user, place.store)) == ["middle"]
    place.grant(person, "side", "read")
    assert place.seen(Caller(person.user, place.store)) == ["middle", "side", "foreign side"]


def test_realms_are_seen_by_their_own_id(place: Place) -> None:
    assert place.seen(place.chief("middle", "read"), "realm") == ["middle"]
    assert place.seen(place.chief("top", "read", sub_realm=True), "realm") == ["top", "middle", "leaf"]
    # Neither the parents nor what one may only change.
    assert place.seen(place.chief("middle", "update", "custom"), "realm") == []


def test_everybody_sees_themselves(place: Place) -> None:
    person = place.person(name="me", _realm=place.realm["side"])
    place.put("user", "other", "side")
    place.put("user", "shown", "middle")
    assert place.seen(person, "user") == ["me"]
    place.grant(person, "middle", "read")
    assert place.seen(Caller(person.user, place.store), "user") == ["me", "shown"]
    # By the id of the user, which an item of another resource may have.
    place.put("command", "same id", "side", _id=person.id)
    assert place.seen(Caller(person.user, place.store)) == []


def test_roles_are_for_super_administrators(place: Place) -> None:
    person = place.chief("All", "read", "custom", sub_realm=True)
    assert list(place.store.find("userrestrictrole", person.read_filter("userrestrictrole"))) == []


@pytest.mark.parametrize("admin", [True, False])
def test_everybody_sees_their_own_retention_data(place: Place, admin: bool) -> None:
    person = place.person(back_role_super_admin=admin)
    if not admin:
        place.grant(person, "All", "read", sub_realm=True)
    place.put("alignakretention", "mine", _user=person.id)
    place.put("alignakretention", "other", _user=ObjectId())
    place.put("alignakretention", "nobody's")
    assert place.seen(person, "alignakretention") == ["mine"]


def test_ids_that_are_not_of_what_one_sees(place: Place) -> None:
    seen, hidden, nothing = place.put("host", "a", "top"), place.put("host", "b", "side"), ObjectId()
    person = place.chief("top", "read")
    assert person.find_unreadable("host", [seen, hidden, nothing, "text", None]) == {hidden, nothing}
    assert (
        person.find_unreadable("host", [seen])
        == person.find_unreadable("host", ["text"])
        == person.find_unreadable("host", [])
        == set()
    )
    assert person.find_unreadable("service", [seen]) == {seen}
    assert place.person(back_role_super_admin=True).find_unreadable("host", [hidden, nothing]) == set()


def test_secrets_are_hidden(place: Place) -> None:
    """From everybody those that nobody needs, from others than super administrators keys of other systems."""
    admin, person = place.person(back_role_super_admin=True), place.person()
    nobody = {"user": {"password", "token"}}
    administrators = {"grafana": {"apikey"}, "influxdb": {"password"}}
    for resource in resources_by_name():
        assert admin.hidden_fields(resource) == nobody.get(resource, set())
        assert person.hidden_fields(resource) == {**nobody, **administrators}.get(resource, set())


# --- writing


@pytest.mark.parametrize("verb", VERBS)
def test_a_super_administrator_writes_everything(place: Place, verb: Verb) -> None:
    admin = place.person(back_role_super_admin=True)
    for resource in public_resources():
        own = {"_user": admin.id} if resource == "alignakretention" else {}
        assert admin.write_filter(resource, verb) == own


@pytest.mark.parametrize("verb", VERBS)
def test_writing_needs_the_right_to(place: Place, verb: Verb) -> None:
    place.everywhere()
    others = {"create", "read", "update", "delete"} - {verb}
    assert refused(place.person().write_filter, "command", verb)
    assert refused(place.chief("middle", *others, sub_realm=True).write_filter, "command", verb)
    assert refused(place.chief("middle", verb, resource="host").write_filter, "command", verb)
    assert place.writable(place.chief("middle", verb), verb) == ["middle"]
    assert place.writable(place.chief("middle", verb, sub_realm=True), verb) == ["middle", "leaf"]


@pytest.mark.parametrize("verb", VERBS)
def test_shared_items_of_parents_are_not_written(place: Place, verb: Verb) -> None:
    place.everywhere(_sub_realm=True)
    person = place.chief("middle", "read", verb)
    assert place.writable(person, verb) == ["middle"]


@pytest.mark.parametrize("verb", VERBS)
def test_items_that_name_a_writer_need_the_custom_right(place: Place, verb: Verb) -> None:
    person = place.person()
    other = "delete" if verb == "update" else "update"
    for realm in TREE:
        place.put("command", realm, realm, **{f"_users_{verb}": [person.id]})
        place.put("command", f"foreign {realm}", realm, **{f"_users_{other}": [person.id], "_users_read": [person.id]})
    place.grant(person, "middle", "custom")
    assert place.writable(Caller(person.user, place.store), verb) == ["middle"]
    place.grant(person, "side", verb)
    assert place.writable(Caller(person.user, place.store), verb) == ["middle", "side", "foreign side"]


@pytest.mark.parametrize("verb", VERBS)
def test_realms_are_written_by_their_own_id(place: Place, verb: Verb) -> None:
    assert place.writable(place.chief("top", verb), verb, "realm") == ["top"]
    assert place.writable(place.chief("top", verb, sub_realm=True), verb, "realm") == ["top", "middle", "leaf"]
    # Realms name nobody who may write them.
    assert place.writable(place.chief("top", "custom"), verb, "realm") == []


def test_users_write_themselves_alone(place: Place) -> None:
    everything = ("create", "read", "update", "delete", "custom")
    person = place.chief("All", *everything, sub_realm=True)
    place.put("user", "other", "All", _users_update=[person.id])
    assert place.writable(person, "update", "user") == [person.user["name"]]
    assert place.store.find_one("user", person.write_filter("user", "update")) == person.user
    assert refused(person.write_filter, "user", "delete")
    assert place.writable(place.person(name="me"), "update", "user") == ["me"]


@pytest.mark.parametrize("verb", VERBS)
def test_roles_are_written_by_super_administrators(place: Place, verb: Verb) -> None:
    """Anybody else could give themselves any right."""
    person = place.chief("All", "create", "read", "update", "delete", "custom", sub_realm=True)
    assert refused(person.write_filter, "userrestrictrole", verb)


@pytest.mark.parametrize("verb", VERBS)
def test_retention_data_is_written_by_its_owner(place: Place, verb: Verb) -> None:
    person = place.chief("side", verb)
    place.put("alignakretention", "mine", _user=person.id)
    place.put("alignakretention", "other", _user=ObjectId())
    assert place.writable(person, verb, "alignakretention") == ["mine"]
    assert refused(place.person().write_filter, "alignakretention", verb)


@pytest.mark.parametrize("resource", ACTIONS)
def test_actions_are_changed_where_they_are_seen(place: Place, resource: str) -> None:
    place.everywhere(resource)
    person = place.chief("middle", "read")
    assert place.writable(person, "update", resource) == ["middle"]
    assert place.writable(place.person(), "update", resource) == []
    assert refused(person.write_filter, resource, "delete")


# --- creating


def test_creating_needs_the_right_somewhere(place: Place) -> None:
    admin = place.person(back_role_super_admin=True)
    person = place.chief("leaf", "create", resource="host")
    others = place.chief("All", "read", "update", "delete", "custom", sub_realm=True)
    for resource in public_resources():
        assert not refused(admin.check_create, resource)
        assert refused(person.check_create, resource) is (resource != "host" and resource not in ACTIONS)
        assert refused(others.check_create, resource) is (resource not in ACTIONS)


@pytest.mark.parametrize("resource", ["user", "userrestrictrole"])
def test_users_and_roles_are_created_by_super_administrators(place: Place, resource: str) -> None:
    assert refused(place.chief("All", "create", sub_realm=True).check_create, resource)


# --- where items are put


RIGHTS: tuple[Action, ...] = ("create", "update")


def test_items_are_put_where_one_may(place: Place) -> None:
    person = place.chief("middle", "create", sub_realm=True)
    at = {realm: {"_realm": identity} for realm, identity in place.realm.items()}
    assert not refused(person.check_realms, "command", [at["middle"], at["leaf"]], "create")
    for realm in ("All", "top", "side"):
        assert refused(person.check_realms, "command", [at[realm]], "create")
        assert refused(person.check_realms, "command", [at["middle"], at[realm]], "create")
    assert refused(person.check_realms, "command", [{"_realm": None}], "create")
    # A change that does not move it.
    assert not refused(person.check_realms, "command", [{"name": "x"}, {}], "create")
    assert not refused(person.check_realms, "command", [], "create")


@pytest.mark.parametrize("right", ["create", "update", "read", "delete", "custom"])
def test_one_of_the_rights_asked_for_is_enough(place: Place, right: str) -> None:
    """To move an item, one may create or update where it goes."""
    person = place.chief("side", right)
    moved = [{"_realm": place.realm["side"]}]
    assert refused(person.check_realms, "command", moved, "create", "update") is (right not in RIGHTS)
    assert refused(person.check_realms, "command", moved, "create") is (right != "create")
    assert refused(person.check_realms, "host", moved, "update") is (right != "update")
    assert refused(person.check_realms, "command", moved)


def test_a_role_for_another_resource_grants_nothing(place: Place) -> None:
    person = place.chief("side", "create", resource="host")
    assert refused(person.check_realms, "command", [{"_realm": place.realm["side"]}], "create")
    assert not refused(person.check_realms, "host", [{"_realm": place.realm["side"]}], "create")


def test_realms_are_placed_by_their_parent(place: Place) -> None:
    assert realm_field("realm") == "_parent"
    assert {realm_field(name) for name in public_resources() if name != "realm"} == {"_realm"}
    person = place.chief("middle", "create")
    assert not refused(person.check_realms, "realm", [{"_parent": place.realm["middle"]}], "create")
    assert refused(person.check_realms, "realm", [{"_parent": place.realm["leaf"]}], "create")
    assert not refused(person.check_realms, "realm", [{"_realm": place.realm["leaf"]}], "create")


def test_resources_writable_anywhere(place: Place) -> None:
    elsewhere = [{"_realm": place.realm["side"]}]
    admin = place.person(back_role_super_admin=True)
    person = place.chief("middle", "create")
    for resource in public_resources():
        free = resource in ACTIONS or resource in ("userrestrictrole", "alignakretention")
        if resource != "realm":
            assert refused(person.check_realms, resource, elsewhere, "create") is not free
        assert not refused(admin.check_realms, resource, elsewhere, "create")


# --- the user


@pytest.mark.parametrize("value", [True, False, None])
def test_flags_of_the_user(place: Place, value: bool | None) -> None:
    fields = {} if value is None else {"back_role_super_admin": value, "can_submit_commands": value}
    person = place.person(**fields)
    assert (person.is_super_admin, person.can_submit_commands) == (value is True, value is True)
    assert person.id == person.user["_id"]


def test_rights_are_read_once(place: Place) -> None:
    """What a request may do is decided by the rights at its start."""
    place.everywhere()
    person = place.chief("top", "read")
    assert place.seen(person) == ["top"]
    place.grant(person, "side", "read")
    assert place.seen(person) == ["top"]
    assert place.seen(Caller(person.user, place.store)) == ["top", "side"]
