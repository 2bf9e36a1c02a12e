"""The files of a site against a backend: compared with it, and applied, beside adding and listing the same items."""

from __future__ import annotations

import contextlib
import functools
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from benchmarks import data, servers
from benchmarks.client_rows import MINIMUM
from benchmarks.measuring import Contenders, Row, at_most
from benchmarks.site_rows import listed
from benchmarks.workbench import Workbench

APPLY, ADD = "`apply`", "`add` of the same"
DIFF, LIST = "`diff`", "`list -o ndjson`"
WHOLE, TENTH = "27,000 services", "a tenth"
_HOSTS, _SERVICES = 800, 27_000

_Prepare = Callable[[Workbench], AbstractContextManager[Contenders]]


class Work:
    """A site as files, and the same as lists to add."""

    def __init__(self, bench: Workbench, share: int = 1) -> None:
        self.bench = bench
        hosts, self.services = bench.size(_HOSTS // share), bench.size(_SERVICES // share)
        self.folder = bench.folder / f"apply-{self.services}"
        if not self.folder.exists():
            _write(self.folder, hosts, self.services)
        self.database = self.folder / "there.db"
        if not self.database.exists():
            filled = self.folder / "filled.db"
            with servers.embedded(filled) as url:
                self.apply(url)
            # All of it into the one file, which can then be copied.
            with contextlib.closing(sqlite3.connect(filled)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            filled.rename(self.database)

    @contextmanager
    def empty(self) -> Iterator[str]:
        """A backend without items."""
        with servers.embedded(self.bench.new_folder() / "empty.db") as url:
            yield url

    def apply(self, url: str, site: Path | None = None) -> float:
        """Apply the site; its exit code says whether all of it was done."""
        return self.bench.ours(url, "apply", site or self.folder / "site", "--yes").seconds

    def applied(self) -> float:
        """Apply all of it to an empty backend."""
        with self.empty() as url:
            return self.apply(url)

    def added(self) -> float:
        """Add the same items to an empty backend."""
        with self.empty() as url:
            return sum(
                self.bench.ours(url, "-t", name, "-d", self.folder / f"{name}.json", "add").seconds
                for name in ("host", "service")
            )

    def compared(self, url: str, site: Path | None = None) -> float:
        """Compare it with a backend that has all of it."""
        return self.bench.ours(url, "diff", site or self.folder / "site").seconds


def _write(folder: Path, hosts: int, services: int) -> None:
    from alignak_backend_client.output.yaml_text import to_yaml

    (folder / "site" / "host").mkdir(parents=True)
    (folder / "site" / "site.yml").write_text("name: bench\n")
    its: dict[str, list[dict[str, Any]]] = {}
    named = [str(host["name"]) for host in data.hosts(hosts)]
    places: dict[str, str] = {}
    flat: list[dict[str, Any]] = []
    for service in data.services(services, hosts):
        host = places.setdefault(str(service["host"]), named[len(places) % hosts])
        item: dict[str, Any] = {name: value for name, value in service.items() if name != "host"}
        item.update({"customs": {"_LEVEL": "3"}, "tags": ["a", "b"], "retry_interval": 1})
        its.setdefault(host, []).append(item)
        flat.append({**item, "host": host, "_realm": "All"})
    for one in data.hosts(hosts):
        text = to_yaml({"host": [{**one, "_services": its.get(str(one["name"]), [])}]})
        (folder / "site" / "host" / f"{one['name']}.yml").write_text(text)
    (folder / "host.json").write_text(json.dumps(list(data.hosts(hosts))))
    (folder / "service.json").write_text(json.dumps(flat))


@contextmanager
def _all_of_it(bench: Workbench) -> Iterator[Contenders]:
    work = Work(bench)
    yield {APPLY: work.applied, ADD: work.added}


@contextmanager
def _nothing(bench: Workbench) -> Iterator[Contenders]:
    work = Work(bench)
    with servers.embedded_copy(work.database) as url:
        yield {
            DIFF: lambda: work.compared(url),
            LIST: lambda: listed(url, work.services),
            MINIMUM: lambda: bench.minimum("site", url, bench.new_folder()).seconds,
        }


@contextmanager
def _a_part(bench: Workbench) -> Iterator[Contenders]:
    """A hundredth of the services gets another value, each time."""
    work = Work(bench)
    site = bench.new_folder() / "site"
    shutil.copytree(work.folder / "site", site)
    files = sorted(site.glob("host/*.yml"))[: max(1, bench.size(_HOSTS) // 100)]
    rounds = iter(range(1, 1_000))

    def change(url: str) -> float:
        number = next(rounds)
        for path in files:
            path.write_text("".join(f"{_changed(line, number)}\n" for line in path.read_text().splitlines()))
        return work.apply(url, site)

    with servers.embedded_copy(work.database) as url:
        yield {APPLY: lambda: change(url), DIFF: lambda: work.compared(url, site)}


def _changed(line: str, number: int) -> str:
    head, field, _ = line.partition("retry_interval:")
    return f"{head}{field} {1 + number}" if field else line


def _growing(measure: Callable[[Work, str], float], *, empty: bool) -> _Prepare:
    @contextmanager
    def prepare(bench: Workbench) -> Iterator[Contenders]:
        works = {WHOLE: Work(bench), TENTH: Work(bench, 10)}

        def measured(work: Work) -> float:
            if empty:
                return work.applied() / work.services
            with servers.embedded_copy(work.database) as url:
                return measure(work, url) / work.services

        yield {name: functools.partial(measured, work) for name, work in works.items()}

    return prepare


def _row(key: str, work: str, targets: dict[str, float], prepare: _Prepare) -> Row:
    """A row whose targets are limits: how many times the time of each other program it may take."""
    limits = tuple(at_most(against, limit) for against, limit in targets.items())
    return Row(key, "site", f"{work}, 800 hosts and 27,000 services", "s", limits, prepare, rounds=3)


def _growth(key: str, work: str, prepare: _Prepare) -> Row:
    return Row(key, "site-growth", f"{work}, a service", "ms", (at_most(TENTH, 1.2),), prepare, rounds=3)


APPLY_ROWS = (
    _row("site-apply", "`apply` to an empty backend", {ADD: 1.2}, _all_of_it),
    _row("site-diff", "`diff` without a difference", {MINIMUM: 2, LIST: 4}, _nothing),
    _row("site-apply-part", "`apply` of changes in 1 %", {DIFF: 2}, _a_part),
)

APPLY_GROWTH_ROWS = (
    _growth("site-apply-growth", "`apply` to an empty backend", _growing(Work.compared, empty=True)),
    _growth("site-diff-growth", "`diff` without a difference", _growing(Work.compared, empty=False)),
)
