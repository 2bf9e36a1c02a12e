"""Creating items in waves: no item needs another one of its wave."""

from __future__ import annotations

from alignak_backend_client.items.writing import checks
from alignak_backend_client.items.writing.batch import Batch
from alignak_backend_client.items.writing.entries import waves
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.site.applying.work import Sent, Work
from alignak_backend_client.site.fields import RIGHTS, UNMERGED
from alignak_backend_client.site.planning.plan import Change


class Creating:
    """Creates items.

    Args:
        work: the state of the round.
    """

    def __init__(self, work: Work) -> None:
        self._work = work

    def create(self, kind: str, changes: list[Change]) -> None:
        """Create items of a type, except for services that the backend creates with their hosts."""
        ready = [one for one in changes if not self._is_generated(one)]
        positions = {one.name: position for position, one in enumerate(ready)}
        links = [name for name, link in resources_by_name()[kind].links.items() if link.resource == kind]
        needs = {
            position: {positions[name] for name in self._work.names(one, links) if name in positions} - {position}
            for one, position in ((one, positions[one.name]) for one in ready)
        }
        groups, circular = waves(needs)
        for group in [*groups, sorted(circular)]:
            if group and not self._work.writer.report.ended:
                self._create_wave(kind, [ready[position] for position in group])

    def _is_generated(self, change: Change) -> bool:
        """Return True for a service that the backend has created with its host."""
        if change.type == "service" and self._work.payloads.desired(change).service_template:
            host = str(self._work.payloads.desired(change).whole.get("host"))
            if ("host", host) in self._work.touched or ("host", host) in self._work.payloads.lost:
                self._work.open = True
                return True
        return False

    def _create_wave(self, kind: str, changes: list[Change]) -> None:
        sent = self._work.accepted("add", kind, changes, self._new)
        items = [one.data for one in sent]
        backend = self._work.writer.backend
        batch = Batch(self._work.writer, "add", resources_by_name()[kind], sent)
        batch.send(sent, lambda on_outcome: backend.create_many(kind, items, on_outcome), "created")
        self._work.settle(sent)
        for one in sent:
            desired = self._work.payloads.desired(one.change)
            if one.status != "created":
                self._work.payloads.lost[one.change.key] = one.name
                continue
            self._work.ids.add(kind, one.name, one.id)
            if kind == "host" and desired.templates and not self._work.is_template(one.change):
                self._touch_host(one.change)
            if (RIGHTS in desired.item.data and kind == "user") or (
                desired.templates and UNMERGED in desired.item.data
            ):
                self._work.open = True
            if one.data.get("alias") == "" and desired.item.resource.alias_is_name:
                self._work.open = True  # the backend uses the name instead

    def _new(self, change: Change) -> Sent:
        data = self._work.payloads.new(change)
        checks.reject_dotted_keys(self._work.writer, data)
        return Sent(change, data, data["_id"])

    def _touch_host(self, change: Change) -> None:
        if self._work.plan.desired_state.services_from_templates(change.name):
            self._work.touched.add(change.key)
            self._work.open = True
