"""Applying a plan in rounds: after each, side effects of the backend are read, and planned for again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

from alignak_backend_client.client import Backend
from alignak_backend_client.exceptions import BackendException
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.writing.results import OVERTAKEN, Report
from alignak_backend_client.items.writing.writer import Writer
from alignak_backend_client.site.applying.round import Round
from alignak_backend_client.site.applying.secrets import Secrets
from alignak_backend_client.site.applying.work import Collector, Key, Work
from alignak_backend_client.site.model import Site
from alignak_backend_client.site.planning.compute import compute_plan
from alignak_backend_client.site.planning.plan import Change, Options, Plan
from alignak_backend_client.site.progress import Progress, no_progress

ROUNDS: Final = 6
"""Maximum number of rounds: nested templates, hosts that use them, and services of these hosts take one each."""

Status = Literal["created", "updated", "deleted", "failed", "unfinished"]

_DONE: Final[Mapping[str, Status]] = {"create": "created", "update": "updated", "delete": "deleted"}


class ChangeResult(NamedTuple):
    """The outcome of a change.

    Attributes:
        change: the change.
        status: its outcome; ``unfinished`` if the run ended early.
        reason: why it failed.
    """

    change: Change
    status: Status
    reason: str = ""


class PlanResult(NamedTuple):
    """The outcome of a plan.

    Attributes:
        results: the outcome of each change of the plan, and of additional changes that failed or are not done.
        interrupted: True if the user interrupted it.
        reason: why it ended early; empty if it did not.
    """

    results: list[ChangeResult]
    interrupted: bool
    reason: str


def apply(
    backend: Backend,
    username: str,
    site: Site,
    plan: Plan,
    secrets: Secrets,
    progress: Progress = no_progress,
) -> PlanResult:
    """Apply a plan.

    Args:
        backend: the backend.
        username: the name of the user who is logged in.
        site: the site that the plan was computed for.
        plan: the plan.
        secrets: the values of secret references.
        progress: called with the number of changes sent, and their total number.
    """
    total = len(plan.changes)
    collector = Collector(lambda done: progress(min(done, total), total))
    return _Applying(Writer(backend, username, collector), collector, site, plan, secrets).run()


class _Applying:
    def __init__(self, writer: Writer, collector: Collector, site: Site, plan: Plan, secrets: Secrets) -> None:
        self._writer = writer
        self._collector = collector
        self._site = site
        self._plan = plan
        self._secrets = secrets
        self._changes = {change.key: change for change in plan.changes}
        users = plan.there.items["user"].items()
        self._own = next((("user", name) for name, one in users if one.get("name") == writer.username), None)
        self._left: dict[Key, str] = {}
        self._final: dict[Key, str] = {}
        self._sure: set[Key] = set()
        self._touched: set[Key] = set()
        self._created: set[Key] = set()

    def run(self) -> PlanResult:
        report = self._writer.report
        try:
            self._rounds(report)
            if not report.ended:
                self._change_own()
        except KeyboardInterrupt:
            report.interrupt()
        except (BackendException, ItemError) as error:
            report.end(str(error) if isinstance(error, ItemError) else error.reason, error.code)
        keys = {change.key for change in self._plan.changes}
        results = [self._outcome_of(change) for change in self._changes.values()]
        # Items that the backend created along with planned ones, and their corrections, are not reported.
        outcomes = [one for one in results if one.change.key in keys or one.status in ("failed", "unfinished")]
        return PlanResult(outcomes, report.interrupted, report.reason)

    def _rounds(self, report: Report) -> None:
        plan, changes = self._plan, [change for change in self._plan.changes if change.key != self._own]
        options = plan.options._replace(update_secrets=False)
        for _ in range(ROUNDS):
            done = Work(self._writer, self._collector, plan, self._secrets, self._site.name)
            try:
                Round(done, changes).run()
            finally:
                self._record(done)
            if report.ended or not done.open:
                self._sure |= set() if report.ended else {change.key for change in changes} - self._left.keys()
                return
            before, plan = changes, self._plan_again(options)
            changes = [change for change in plan.changes if change.key != self._own and self._is_ours(change, plan)]
            failed = [change for change in plan.changes if change.key in done.errors]
            self._final |= {change.key: OVERTAKEN for change in failed if self._is_foreign(change, plan)}
            keys = {change.key for change in changes}
            self._left = {change.key: self._left.get(change.key) or _mismatch_error(change) for change in changes}
            self._sure |= self._changes.keys() - keys - {self._own}
            self._changes |= {change.key: change for change in changes if change.key not in self._changes}
            changes = [change for change in changes if change.key not in self._final]
            if not changes or [*map(_content_key, changes)] == [*map(_content_key, before)]:
                return

    def _change_own(self) -> None:
        """Change the logged-in user last: with a new password or other rights, no further request may be accepted."""
        begun = self._changes.get(self._own) if self._own else None
        if begun is None:
            return
        plan = self._plan_again(self._plan.options)  # for the ids of what is new
        before = {field.field: field.old for field in begun.fields}
        for change in plan.changes:
            if change.key != begun.key:
                continue
            if any(before.get(field.field, field.old) != field.old for field in change.fields):
                self._final[change.key] = OVERTAKEN
                return
            done = Work(self._writer, self._collector, plan, self._secrets, self._site.name)
            Round(done, [change]).run()
            self._left |= done.errors
            return
        self._sure.add(begun.key)

    def _plan_again(self, options: Options) -> Plan:
        return compute_plan(self._writer.backend, self._site, options)

    def _record(self, done: Work) -> None:
        """Record the results of a round."""
        self._touched |= done.touched
        self._created |= {key for key, one in self._collector.results.items() if one.status == "created"}
        self._left = dict(done.errors)
        self._final |= {key: done.errors[key] for key in done.final}

    def _is_ours(self, change: Change, plan: Plan) -> bool:
        """Return True for changes that follow from this run; changes by others are left to the next run."""
        begun = self._changes.get(change.key)
        names = {field.field for field in begun.fields} if begun is not None else set()
        if begun is not None and (begun.action != "update" or any(field.field in names for field in change.fields)):
            return True
        return bool(_ancestors(change, plan) & (self._touched | self._changes.keys()))

    def _is_foreign(self, change: Change, plan: Plan) -> bool:
        """Return True for an item that others have deleted, or created for another site, in the meantime."""
        action, stored = self._changes[change.key].action, plan.there.stored[change.type].get(change.name)
        if action == "delete" or change.key in self._created or _ancestors(change, plan) & self._touched:
            return False  # the backend creates and deletes services from templates
        if action == "update":
            return stored is None
        return stored is not None and (self._site.name is None or stored.owner != self._site.name)

    def _outcome_of(self, change: Change) -> ChangeResult:
        if reason := self._final.get(change.key) or self._left.get(change.key):
            return ChangeResult(change, "failed", reason)
        result = self._collector.results.get(change.key)
        if change.key in self._sure or (result is not None and result.status in _DONE.values()):
            return ChangeResult(change, _DONE[change.action])
        return ChangeResult(change, "unfinished", self._writer.report.reason)


def _ancestors(change: Change, plan: Plan) -> set[Key]:
    """Return the templates of an item, and its host."""
    desired = plan.desired_state.items[change.type].get(change.name)
    data = plan.there.items[change.type][change.name] if desired is None else desired.whole
    return {(change.type, name) for name in data.get("_templates") or ()} | {("host", str(data.get("host")))}


def _content_key(change: Change) -> tuple[object, ...]:
    return change.action, change.key, repr(change.fields)


def _mismatch_error(change: Change) -> str:
    """Return the error for values that differ from those that were sent."""
    fields = ", ".join(field.field for field in change.fields)
    return f"the backend stored other values than were sent{f': {fields}' if fields else ''}"
