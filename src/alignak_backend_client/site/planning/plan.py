"""A plan: the changes that make a backend match a folder."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Literal, NamedTuple

from alignak_backend_client.site.files.folder import Item, Problem
from alignak_backend_client.site.planning.comparing import Field
from alignak_backend_client.site.planning.desired import DesiredState
from alignak_backend_client.site.reading import BackendItems


class Options(NamedTuple):
    """Options for applying a folder.

    Attributes:
        prune: delete items that the site owns and that are not in the folder.
        merge: keep the values of fields that are not in the files.
        take_over: take over items that belong to other sites.
        allow_deletions: allow the deletion of more than a certain share of the site's items.
        update_secrets: also send the passwords and keys of existing items.
        protected_user: the name of the logged-in user, which is never deleted.
    """

    prune: bool = False
    merge: bool = False
    take_over: bool = False
    allow_deletions: bool = False
    update_secrets: bool = False
    protected_user: str = ""


class Change(NamedTuple):
    """A change of one item.

    Attributes:
        action: the action.
        type: its resource.
        name: its name; of a renamed one, the new name.
        id: its id; empty for a new one.
        fields: the fields that differ; for a new item, those in the files.
        item: the item in the files; None if it is not in them.
        reason: why an item is deleted or created that is not in the files.
        cascaded: True if the backend deletes it together with another item.
        used_by: for a deletion, the types and names of remaining items that link to the item.
    """

    action: Literal["create", "update", "delete"]
    type: str
    name: str
    id: str = ""
    fields: tuple[Field, ...] = ()
    item: Item | None = None
    reason: str = ""
    cascaded: bool = False
    used_by: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """A unique key."""
        return self.type, self.name


class Plan(NamedTuple):
    """The changes that make a backend match a site.

    Attributes:
        changes: in the order of links; deletions come last, in reverse order.
        problems: errors that prevent applying the plan, with positions in the files.
        refusals: messages about options or permissions that the plan needs.
        unpruned: the number of additional items that ``prune`` would delete.
        unchanged: the number of unchanged items.
        desired_state: the desired state.
        there: the current state, with new names.
        options: the options.
    """

    changes: list[Change]
    problems: list[Problem]
    refusals: list[str]
    unpruned: int
    unchanged: int
    desired_state: DesiredState
    there: BackendItems
    options: Options

    @property
    def counts(self) -> dict[str, int]:
        """The number of items to create, update and delete."""
        found = Counter(change.action for change in self.changes)
        return {"create": found["create"], "update": found["update"], "delete": found["delete"]}

    @property
    def checksum(self) -> str:
        """A checksum that identifies this plan; it covers the references to secrets, not their values."""
        changes = [[one.action, one.type, one.name, [list(field) for field in one.fields]] for one in self.changes]
        text = json.dumps(changes, sort_keys=True, separators=(",", ":"), default=str)
        return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]
