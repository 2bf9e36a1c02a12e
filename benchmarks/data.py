"""Hosts and services to measure with: alike in all runs, linked as real ones are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.raw import Raw

Item = dict[str, Any]

BATCH = 500


def hosts(count: int) -> list[Item]:
    """Hosts as a data file has them: links are names."""
    return [
        {
            "name": f"host-{number:05}",
            "alias": f"Host number {number}",
            "address": f"10.{number // 65536}.{number // 256 % 256}.{number % 256}",
            "check_command": "_internal_host_up",
            "check_period": "24x7",
            "business_impact": 3,
            "customs": {"_RACK": f"rack {number // 40}"},
        }
        for number in range(count)
    ]


def services(count: int, host_count: int) -> list[Item]:
    """Services, spread over the hosts of `hosts`."""
    return [
        {
            "name": f"service-{number // host_count:05}",
            "host": f"host-{number % host_count:05}",
            "alias": f"Service number {number}",
            "check_command": "_echo",
            "check_period": "24x7",
            "check_interval": 5,
            "active_checks_enabled": False,
        }
        for number in range(count)
    ]


def write_files(folder: Path, host_count: int, service_count: int) -> tuple[Path, Path]:
    """Write a data file of hosts and one of services."""
    files = folder / "hosts.json", folder / "services.json"
    files[0].write_text(json.dumps(hosts(host_count)))
    files[1].write_text(json.dumps(services(service_count, host_count)))
    return files


def bodies(backend: Raw, host_count: int, service_count: int) -> Iterator[tuple[str, list[Item]]]:
    """Yield what has to be posted: resources and lists of items, links are ids of that backend."""
    ids = {
        (resource, item["name"]): item["_id"]
        for resource in ("command", "timeperiod", "realm")
        for item in backend.items(resource)
    }

    def linked(item: Item, identity: str) -> Item:
        return item | {
            "_id": identity,
            "check_command": ids["command", item["check_command"]],
            "check_period": ids["timeperiod", item["check_period"]],
            "_realm": ids["realm", "All"],
        }

    whole = [linked(item, f"{number:024x}") for number, item in enumerate(hosts(host_count), 0xA << 92)]
    by_name = {item["name"]: item["_id"] for item in whole}
    numbered = enumerate(services(service_count, host_count), 0xB << 92)
    their = [linked(item, f"{number:024x}") | {"host": by_name[item["host"]]} for number, item in numbered]
    for resource, items in ("host", whole), ("service", their):
        for start in range(0, len(items), BATCH):
            yield resource, items[start : start + BATCH]


def fill(backend: Raw, host_count: int, service_count: int) -> None:
    """Put hosts and services into a backend."""
    for resource, items in bodies(backend, host_count, service_count):
        backend.call("POST", resource, items)


def write_bodies(backend: Raw, folder: Path, host_count: int, service_count: int) -> None:
    """Write the bodies for the bare minimum into files."""
    folder.mkdir()
    for number, (resource, items) in enumerate(bodies(backend, host_count, service_count)):
        (folder / f"{number:05}-{resource}.json").write_text(json.dumps(items))
