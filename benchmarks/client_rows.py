"""The command line beside release 1.4.2 and the bare minimum."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

from benchmarks import data, servers
from benchmarks.measuring import Contenders, Row, at_most, times_faster
from benchmarks.processes import Cost, run
from benchmarks.workbench import Workbench

OURS, RELEASED, MINIMUM, OVER_HTTP = "this client", "1.4.2", "bare minimum", "over HTTP"
NO_SLOWER = times_faster(RELEASED, 1)
"""Where there is a bare minimum, that is what counts; how much faster than 1.4.2 it is, is information."""

LONG, SHORT = "20,000 items", "1,000 items"

SERVICES_A_HOST = 10
_SHARE = 10
"""The released client adds a tenth of the large list, and its time is multiplied by this."""

_Command = Callable[..., Cost]
_Server = Callable[[], AbstractContextManager[str]]


def dump_page(bench: Workbench, command: _Command, url: str, expected: int) -> Cost:
    """List all services with a command, and look whether its dump has them all."""
    folder = bench.new_folder()
    cost = command(url, "-t", "service", "list", folder=folder)
    dump = json.loads((folder / "alignak-object-list-services.json").read_text())
    assert len(dump) == expected, f"{len(dump)} services listed instead of {expected}"
    return cost


def _listing(bench: Workbench, url: str, expected: int) -> Contenders:
    return {
        OURS: lambda: dump_page(bench, bench.ours, url, expected).seconds,
        RELEASED: lambda: dump_page(bench, bench.theirs, url, expected).seconds,
        MINIMUM: lambda: bench.minimum("list", url, bench.new_folder()).seconds,
    }


@contextmanager
def _list_embedded(bench: Workbench) -> Iterator[Contenders]:
    count = bench.size(10_000)
    with servers.embedded_copy(bench.database(count // SERVICES_A_HOST, count)) as url:
        yield _listing(bench, url, count)


@contextmanager
def _list_real(bench: Workbench) -> Iterator[Contenders]:
    count = bench.size(1000)
    with servers.real("uwsgi") as url:
        data.fill(servers.connect(url, keep=False), count // SERVICES_A_HOST, count)
        yield _listing(bench, url, count)


@contextmanager
def _list_memory(bench: Workbench) -> Iterator[Contenders]:
    count = bench.size(27_000)
    with servers.embedded_copy(bench.database(count // SERVICES_A_HOST, count)) as url:
        yield {
            OURS: lambda: dump_page(bench, bench.ours, url, count).peak_memory,
            RELEASED: lambda: dump_page(bench, bench.theirs, url, count).peak_memory,
        }


def add_both(bench: Workbench, command: _Command, server: _Server, hosts: int, services: int) -> float:
    """Add hosts, and services if any, from data files to a fresh backend; returns the seconds of the commands."""
    files = data.write_files(bench.new_folder(), hosts, services)
    with server() as url:
        # The minimum looks up its links before it begins: no command is the first that a server meets.
        servers.connect(url, keep=False)
        seconds = sum(
            command(url, "-t", resource, "-d", file, "add").seconds
            for resource, file, count in zip(("host", "service"), files, (hosts, services), strict=True)
            if count
        )
        _check_counts(url, hosts, services)
        return seconds


def _add_minimum(bench: Workbench, server: _Server, hosts: int, services: int) -> float:
    with server() as url:
        folder = bench.new_folder() / "bodies"
        data.write_bodies(servers.connect(url, keep=False), folder, hosts, services)
        seconds = bench.minimum("add", url, folder).seconds
        _check_counts(url, hosts, services)
        return seconds


def _check_counts(url: str, hosts: int, services: int) -> None:
    backend = servers.connect(url, keep=False)
    found = backend.count("host") - 1, backend.count("service")  # a host template is there from the start
    assert found == (hosts, services), f"{found} hosts and services were added instead of {(hosts, services)}"


@contextmanager
def _add_embedded(bench: Workbench) -> Iterator[Contenders]:
    hosts, services = bench.size(2000), bench.size(20_000)
    empty = bench.database(0, 0)

    def server() -> AbstractContextManager[str]:
        return servers.embedded_copy(empty)

    yield {
        OURS: lambda: add_both(bench, bench.ours, server, hosts, services),
        RELEASED: lambda: _SHARE * add_both(bench, bench.theirs, server, hosts // _SHARE, services // _SHARE),
        MINIMUM: lambda: _add_minimum(bench, server, hosts, services),
    }


@contextmanager
def _add_hosts(bench: Workbench) -> Iterator[Contenders]:
    """One file of hosts: the start of the command, the log-in and the look-ups count."""
    hosts = bench.size(300)
    empty = bench.database(0, 0)

    def server() -> AbstractContextManager[str]:
        return servers.embedded_copy(empty)

    yield {
        OURS: lambda: add_both(bench, bench.ours, server, hosts, 0),
        MINIMUM: lambda: _add_minimum(bench, server, hosts, 0),
    }


@contextmanager
def _add_real(bench: Workbench) -> Iterator[Contenders]:
    hosts, services = bench.size(300), bench.size(1000)

    def server() -> AbstractContextManager[str]:
        return servers.real("uwsgi")

    yield {
        OURS: lambda: add_both(bench, bench.ours, server, hosts, services),
        RELEASED: lambda: add_both(bench, bench.theirs, server, hosts, services),
        MINIMUM: lambda: _add_minimum(bench, server, hosts, services),
    }


def _deleting(words: tuple[str, ...]) -> Callable[[Workbench], AbstractContextManager[Contenders]]:
    """`delete` of all services, which are those of one host, by what the words name."""

    @contextmanager
    def prepare(bench: Workbench) -> Iterator[Contenders]:
        filled = bench.database(1, bench.size(2000))

        def delete(command: _Command) -> float:
            with servers.embedded_copy(filled) as url:
                seconds = command(url, "-t", "service", "delete", *words).seconds
                left = servers.connect(url).count("service")
                assert left == 0, f"{left} services are left"
                return seconds

        yield {OURS: lambda: delete(bench.ours), RELEASED: lambda: delete(bench.theirs)}

    return prepare


@contextmanager
def _delete_real(bench: Workbench) -> Iterator[Contenders]:
    """`delete` of the services of a host where each takes a request."""
    count = bench.size(300)

    def delete(command: _Command) -> float:
        with servers.real("uwsgi") as url:
            data.fill(servers.connect(url, keep=False), 1, count)
            seconds = command(url, "-t", "service", "delete", "host-00000/*").seconds
            left = servers.connect(url, keep=False).count("service")
            assert left == 0, f"{left} services are left"
            return seconds

    yield {OURS: lambda: delete(bench.ours), RELEASED: lambda: delete(bench.theirs)}


def _got(bench: Workbench, command: _Command, url: str, name: str) -> float:
    folder = bench.new_folder()
    cost = command(url, "get", name, folder=folder)
    assert (folder / f"alignak-object-dump-host-{name}.json").is_file()
    return cost.seconds


@contextmanager
def _get(bench: Workbench) -> Iterator[Contenders]:
    hosts = bench.size(1000)
    last = f"host-{hosts - 1:05}"
    with servers.embedded_copy(bench.database(hosts, hosts)) as url:
        yield {
            OURS: lambda: _got(bench, bench.ours, url, last),
            RELEASED: lambda: _got(bench, bench.theirs, url, last),
        }


@contextmanager
def _get_in_process(bench: Workbench) -> Iterator[Contenders]:
    hosts = bench.size(1000)
    filled, own = bench.database(hosts, hosts), bench.new_folder() / "own.db"
    shutil.copy(filled, own)
    last = f"host-{hosts - 1:05}"
    with servers.embedded_copy(filled) as url:
        yield {
            OURS: lambda: _got(bench, bench.ours, f"embedded:{own}", last),
            OVER_HTTP: lambda: _got(bench, bench.ours, url, last),
        }


def _alone(option: str) -> Callable[[Workbench], AbstractContextManager[Contenders]]:
    """The command with one option that needs no backend."""

    @contextmanager
    def prepare(bench: Workbench) -> Iterator[Contenders]:
        def seconds(command: str | Path, *words: str) -> float:
            cost = run([command, *words])
            assert words[0] != option or cost.output.strip(), f"{option} printed nothing"
            return cost.seconds

        yield {
            OURS: lambda: seconds(servers.COMMAND, option),
            RELEASED: lambda: seconds(bench.released.command, option),
            MINIMUM: lambda: seconds(sys.executable, "-c", "pass"),
        }

    return prepare


def _growing(cost: Callable[[Workbench, int], float]) -> Callable[[Workbench], AbstractContextManager[Contenders]]:
    """The time of one item in a long list, and in a short one."""

    @contextmanager
    def prepare(bench: Workbench) -> Iterator[Contenders]:
        yield {LONG: partial(cost, bench, bench.size(20_000)), SHORT: partial(cost, bench, bench.size(1000))}

    return prepare


def _reading(bench: Workbench, count: int) -> float:
    with servers.embedded_copy(bench.database(count // SERVICES_A_HOST, count)) as url:
        return dump_page(bench, bench.ours, url, count).seconds / count


def _writing(bench: Workbench, count: int) -> float:
    empty = bench.database(0, 0)
    hosts = count // SERVICES_A_HOST
    return add_both(bench, bench.ours, lambda: servers.embedded_copy(empty), hosts, count) / (hosts + count)


CLIENT_ROWS = (
    Row(
        "list-embedded",
        "client",
        "`list` 10,000 services, embedded backend (`serve`)",
        "s",
        (NO_SLOWER, at_most(MINIMUM, 1.25)),
        _list_embedded,
    ),
    Row(
        "list-real",
        "client",
        "`list` 1,000 services, real backend (uWSGI)",
        "s",
        (NO_SLOWER, at_most(MINIMUM, 1.5)),
        _list_real,
    ),
    Row(
        "add-embedded",
        "client",
        "`add` 2,000 hosts and 20,000 services, embedded backend (`serve`); 1.4.2: a tenth of it, times ten",
        "s",
        (NO_SLOWER, at_most(MINIMUM, 1.15)),
        _add_embedded,
        rounds=3,
    ),
    Row(
        "add-hosts",
        "client",
        "`add` 300 hosts, embedded backend (`serve`)",
        "s",
        (at_most(MINIMUM, 1.3),),
        _add_hosts,
    ),
    Row(
        "add-real",
        "client",
        "`add` 300 hosts and 1,000 services, real backend (uWSGI)",
        "s",
        (NO_SLOWER, at_most(MINIMUM, 1.15)),
        _add_real,
        rounds=3,
    ),
    Row(
        "delete-services",
        "client",
        "`delete` 2,000 services (`host/*`), embedded backend",
        "s",
        (times_faster(RELEASED, 3),),
        _deleting(("host-00000/*",)),
        rounds=3,
    ),
    Row(
        "delete-real",
        "client",
        "`delete` 300 services (`host/*`), real backend (uWSGI)",
        "s",
        (times_faster(RELEASED, 1),),
        _delete_real,
        rounds=3,
    ),
    Row(
        "delete-all",
        "client",
        "`delete` all services (2,000), embedded backend",
        "s",
        (times_faster(RELEASED, 1),),
        _deleting(()),
        rounds=3,
    ),
    Row(
        "get",
        "client",
        "`get` one host, embedded backend",
        "ms",
        (times_faster(RELEASED, 1.5),),
        _get,
        rounds=11,
    ),
    Row(
        "get-in-process",
        "client",
        "`get` one host, `embedded:` in the process of the command",
        "ms",
        (at_most(OVER_HTTP, 2),),
        _get_in_process,
        rounds=11,
    ),
    Row(
        "version",
        "client",
        "`-V`, whole process; minimum: `python -c pass`",
        "ms",
        (NO_SLOWER, at_most(MINIMUM, 3)),
        _alone("-V"),
        rounds=21,
    ),
    Row(
        "help",
        "client",
        "`-h`, whole process; minimum: `python -c pass`",
        "ms",
        (NO_SLOWER, at_most(MINIMUM, 3)),
        _alone("-h"),
        rounds=21,
    ),
    Row(
        "list-memory",
        "client",
        "Peak memory of `list`, 27,000 services",
        "MB",
        (times_faster(RELEASED, 4),),
        _list_memory,
        rounds=3,
    ),
)

GROWTH_ROWS = (
    Row(
        "list-growth",
        "growth",
        "`list` services: time of one of them",
        "ms",
        (at_most(SHORT, 1.2),),
        _growing(_reading),
        rounds=3,
    ),
    Row(
        "add-growth",
        "growth",
        "`add` hosts and services: time of one of them",
        "ms",
        (at_most(SHORT, 1.2),),
        _growing(_writing),
        rounds=3,
    ),
)
