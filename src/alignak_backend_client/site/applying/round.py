"""One round of applying a plan: all changes that can be sent before the backend has to be read again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from alignak_backend_client.model.order import CREATION_ORDER
from alignak_backend_client.site.applying.creating import Creating
from alignak_backend_client.site.applying.deleting import Deleting
from alignak_backend_client.site.applying.updating import Updating
from alignak_backend_client.site.applying.work import Work
from alignak_backend_client.site.planning.plan import Change


class Round:
    """One round.

    Args:
        work: the shared state of the steps.
        changes: the changes to apply.
    """

    def __init__(self, work: Work, changes: Sequence[Change]) -> None:
        self._work = work
        self._changes = changes

    def run(self) -> None:
        """Apply the changes, as far as possible without reading the backend again."""
        creating, updating, deleting = Creating(self._work), Updating(self._work), Deleting(self._work)
        for resource, changes in self._stages():
            if self._work.writer.report.ended:
                return
            by_action: dict[str, list[Change]] = {}
            for change in changes:
                by_action.setdefault(change.action, []).append(change)
            creating.create(resource, by_action.get("create", []))
            updating.update(resource, by_action.get("update", []))
            deleting.delete(resource, by_action.get("delete", []))
        self._work.open = self._work.open or bool(self._work.payloads.waiting) or bool(self._work.errors)

    def _stages(self) -> Iterator[tuple[str, list[Change]]]:
        """Yield changes in the order in which they are sent: templates before items that use them, deletions last."""
        left: dict[str, list[Change]] = {}
        early: list[Change] = []
        late: list[Change] = []
        for change in self._changes:
            if change.action != "delete":
                left.setdefault(change.type, []).append(change)
            elif not change.cascaded:
                # Services of a removed template are deleted before the template is removed from the host, so that an
                # interrupted run can be continued.
                (early if change.reason else late).append(change)
        for kind in CREATION_ORDER:
            if kind == "user":
                yield from self._templates_first(kind, left.pop(kind, []))
            elif kind == "host":
                hosts = left.pop(kind, [])
                yield kind, [one for one in hosts if self._work.is_template(one)]
                services = left.pop("service", [])
                yield "service", [one for one in services if self._is_on_template(one)]
                yield "service", early
                yield kind, [one for one in hosts if not self._work.is_template(one)]
                yield "service", [one for one in services if not self._is_on_template(one)]
            else:
                yield kind, left.pop(kind, [])
        for kind in reversed(CREATION_ORDER):
            yield kind, [one for one in late if one.type == kind]

    def _templates_first(self, kind: str, changes: list[Change]) -> Iterator[tuple[str, list[Change]]]:
        yield kind, [one for one in changes if self._work.is_template(one)]
        yield kind, [one for one in changes if not self._work.is_template(one)]

    def _is_on_template(self, change: Change) -> bool:
        """Return True for a service template of a host template, which must exist before the hosts."""
        host = str(self._work.payloads.desired(change).whole.get("host"))
        on = self._work.plan.desired_state.whole("host", host).get("_is_template")
        return self._work.is_template(change) and on is True
