"""A site as files: written from a backend beside the list of the same items, and judged beside the parser alone."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from benchmarks import data, servers
from benchmarks.measuring import Contenders, Row, at_most
from benchmarks.processes import run
from benchmarks.workbench import Workbench

EXPORT, LIST = "`export`", "`list -o ndjson`"
VALIDATE, PARSER = "`validate`", "YAML parser"
IMPORT = "`import`"
WHOLE, TENTH = "27,000 services", "a tenth"
_HOSTS, _SERVICES = 800, 27_000

_PARSE = """
import pathlib, sys
import ryaml
for path in pathlib.Path(sys.argv[1]).rglob("*.yml"):
    ryaml.loads_all(path.read_text())
"""


def _sizes(bench: Workbench, share: int = 1) -> tuple[int, int]:
    return bench.size(_HOSTS // share), bench.size(_SERVICES // share)


def _exported(bench: Workbench, url: str, folder: Path, hosts: int) -> float:
    """Export to a folder, and look whether each host has its file."""
    seconds = bench.ours(url, "export", folder).seconds
    files = len(list(folder.glob("host/*.yml")))
    assert files == hosts, f"{files} files of hosts instead of {hosts}"
    return seconds


def listed(url: str, services: int) -> float:
    """List the services, printed: with --quiet nothing would be."""
    cost = run([servers.COMMAND, "-b", url, "-u", "admin", "-p", "admin", "-t", "service", "list", "-o", "ndjson"])
    lines = cost.output.count("\n")
    assert lines == services, f"{lines} services are printed instead of {services}"
    return cost.seconds


def _exporting(*, again: bool) -> Callable[[Workbench], AbstractContextManager[Contenders]]:
    """`export` to an empty folder, or to one that says the same."""

    @contextmanager
    def prepare(bench: Workbench) -> Iterator[Contenders]:
        hosts, services = _sizes(bench)
        with servers.embedded_copy(bench.database(hosts, services)) as url:
            there = bench.new_folder()
            if again:
                _exported(bench, url, there, hosts)
            yield {
                EXPORT: lambda: _exported(bench, url, there if again else bench.new_folder(), hosts),
                LIST: lambda: listed(url, services),
            }

    return prepare


def _site(bench: Workbench, hosts: int, services: int) -> Path:
    """Return a folder with the files of a site, in the layout of `export`: a file a host, with its services."""
    from alignak_backend_client.output.yaml_text import to_yaml

    folder = bench.folder / f"site-{services}"
    if not folder.exists():
        (folder / "host").mkdir(parents=True)
        its: dict[str, list[dict[str, object]]] = {}
        for service in data.services(services, hosts):
            hosted = its.setdefault(service.pop("host"), [])
            number = len(hosted)
            more = {"check_command_args": f"-w {number}", "customs": {"_LEVEL": f"{number % 7}"}, "tags": ["a", "b"]}
            hosted.append(service | more | {"notification_options": ["c", "r"], "retry_interval": 1})
        for host in data.hosts(hosts):
            text = to_yaml({"host": [host | {"_services": its.get(host["name"], [])}]})
            (folder / "host" / f"{host['name']}.yml").write_text(text)
    return folder


def _judged(folder: Path, services: int) -> float:
    cost = run([servers.COMMAND, "validate", folder])
    assert cost.output.startswith(f"Valid: {services} services"), cost.output
    return cost.seconds


@contextmanager
def _validating(bench: Workbench) -> Iterator[Contenders]:
    hosts, services = _sizes(bench)
    folder = _site(bench, hosts, services)
    yield {
        VALIDATE: lambda: _judged(folder, services),
        PARSER: lambda: run([sys.executable, "-c", _PARSE, folder]).seconds,
    }


@contextmanager
def _validating_more(bench: Workbench) -> Iterator[Contenders]:
    def judging(share: int) -> Callable[[], float]:
        hosts, services = _sizes(bench, share)
        folder = _site(bench, hosts, services)
        return lambda: _judged(folder, services) / services

    yield {WHOLE: judging(1), TENTH: judging(10)}


@contextmanager
def _exporting_more(bench: Workbench) -> Iterator[Contenders]:
    def exporting(share: int) -> Callable[[], float]:
        hosts, services = _sizes(bench, share)
        filled = bench.database(hosts, services)

        def export() -> float:
            with servers.embedded_copy(filled) as url:
                return _exported(bench, url, bench.new_folder(), hosts) / services

        return export

    yield {WHOLE: exporting(1), TENTH: exporting(10)}


def _configuration(bench: Workbench, hosts: int, services: int) -> Path:
    """Return a file of Nagios: half of the services are on their hosts, half are those of a group."""
    file = bench.folder / f"site-{services}.cfg"
    if not file.exists():
        parts = [
            "define command {\ncommand_name c\ncommand_line c $ARG1$\n}\n",
            "define host {\nname t\nregister 0\ncheck_command c!1\nmax_check_attempts 3\n}\n",
            "define service {\nname s\nregister 0\ncheck_command c!1\nmax_check_attempts 3\n}\n",
            "define hostgroup {\nhostgroup_name g\n}\n",
        ]
        for number in range(services // hosts):
            places = ["hostgroup_name g"] if number % 2 else [f"host_name h{host}" for host in range(hosts)]
            own = f"service_description s{number}\ncheck_command c!{number}\n_LEVEL {number % 7}\n"
            parts += [f"define service {{\nuse s\n{place}\n{own}}}\n" for place in places]
        parts += [f"define host {{\nuse t\nhost_name h{n}\nhostgroups g\naddress 192.0.2.1\n}}\n" for n in range(hosts)]
        file.write_text("".join(parts))
    return file


def _imported(file: Path, folder: Path) -> float:
    cost = run([servers.COMMAND, "import", file, "--to", folder])
    assert " services, " in cost.output, cost.output
    return cost.seconds


@contextmanager
def _importing(bench: Workbench) -> Iterator[Contenders]:
    file, there = _configuration(bench, *_sizes(bench)), bench.new_folder()
    _imported(file, there)
    yield {
        IMPORT: lambda: _imported(file, bench.new_folder()),
        VALIDATE: lambda: run([servers.COMMAND, "validate", there]).seconds,
    }


@contextmanager
def _importing_more(bench: Workbench) -> Iterator[Contenders]:
    def importing(share: int) -> Callable[[], float]:
        hosts, services = _sizes(bench, share)
        file = _configuration(bench, hosts, services)
        return lambda: _imported(file, bench.new_folder()) / services

    yield {WHOLE: importing(1), TENTH: importing(10)}


def _row(
    key: str, work: str, against: str, limit: float, prepare: Callable[..., AbstractContextManager[Contenders]]
) -> Row:
    return Row(
        key, "site", f"{work}, 800 hosts and 27,000 services", "s", (at_most(against, limit),), prepare, rounds=3
    )


SITE_ROWS = (
    _row("site-export", "`export` to an empty folder", LIST, 1.5, _exporting(again=False)),
    _row("site-export-again", "`export` to a folder that says the same", LIST, 1.5, _exporting(again=True)),
    _row("site-validate", "`validate`", PARSER, 3, _validating),
    _row("site-import", "`import` to an empty folder", VALIDATE, 5, _importing),
)

SITE_GROWTH_ROWS = (
    Row(
        "site-export-growth",
        "site-growth",
        "`export` to an empty folder, a service",
        "ms",
        (at_most(TENTH, 1.2),),
        _exporting_more,
        rounds=3,
    ),
    Row("site-validate-growth", "site-growth", "`validate`, a service", "ms", (at_most(TENTH, 1.2),), _validating_more),
    Row(
        "site-import-growth",
        "site-growth",
        "`import` to an empty folder, a service",
        "ms",
        (at_most(TENTH, 1.2),),
        _importing_more,
        rounds=3,
    ),
)
