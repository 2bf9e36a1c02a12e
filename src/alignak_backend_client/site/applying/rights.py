"""The rights of users: separate items in the backend, but part of the user in files."""

from __future__ import annotations

from typing import Any

from alignak_backend_client.items.writing.batch import Batch
from alignak_backend_client.items.writing.writer import rejection_reason
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.site.applying.work import Sent, Work
from alignak_backend_client.site.fields import RIGHTS
from alignak_backend_client.site.planning.comparing import desired_rights, normalize_right
from alignak_backend_client.site.planning.plan import Change


class Rights:
    """Sets rights.

    Args:
        work: the state of the round.
    """

    def __init__(self, work: Work) -> None:
        self._work = work

    def set(self, changes: list[Change]) -> None:
        """Grant the desired rights to users, and revoke all others."""
        new: list[tuple[Change, dict[str, Any]]] = []
        gone: list[tuple[Change, dict[str, str]]] = []
        there = self._work.plan.there
        for change in changes:
            desired = desired_rights(self._work.payloads.desired(change))
            roles = list(
                zip(
                    map(normalize_right, (there.rights or {}).get(change.name, ())),
                    there.roles.get(change.name, ()),
                    strict=True,
                )
            )
            present = [found for found, _ in roles]
            user = self._work.ids.of("user", change.name)
            for one in desired:
                realm = self._work.ids.of("realm", str(one["realm"]))
                if one not in present and realm is not None:
                    new.append((change, {**one, "user": user, "realm": realm}))
            kept: list[dict[str, Any]] = []
            for found, role in roles:
                if found in desired and found not in kept:
                    kept.append(found)
                else:
                    gone.append((change, {"_id": role.id, "_etag": role.etag}))
        self.send(new, gone)

    def send(self, new: list[tuple[Change, dict[str, Any]]], gone: list[tuple[Change, dict[str, str]]]) -> None:
        """Create and delete rights; failures are reported for their users."""
        backend, kind = self._work.writer.backend, "userrestrictrole"
        role = resources_by_name()[kind]
        made = [dict(item) for _, item in new]
        batch: Batch[Sent] = Batch(self._work.writer, "update", role, [])
        with batch.guarded():
            outcomes = [*backend.create_many(kind, made)] if made else []
            if gone and all(one.ok for one in outcomes):
                outcomes += backend.delete_many(kind, [item for _, item in gone])
            for (change, _), outcome in zip([*new, *gone], outcomes, strict=False):
                if outcome.error is not None:
                    self._work.errors[change.key] = f"{RIGHTS}: {rejection_reason(outcome.error, role)[0]}"
