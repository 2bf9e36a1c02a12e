"""The command is killed (kill -9) at random moments: nothing is half done for good, and running it again completes.

`FAULTS_KILLS=50 FAULTS_ITEMS=2000` makes the run long.
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import time
import uuid
from pathlib import Path
from typing import Any

from alignak_backend_client import Backend
from cli.running import COMMAND, environment
from faults.running import ITEMS, command, data_file, named, none_but

KILLS = int(os.environ.get("FAULTS_KILLS", "4"))


def killed(url: str, *words: str, cwd: Path, after: float) -> int:
    """Run the command, kill it after so many seconds, and return its exit code."""
    process = subprocess.Popen(
        [*COMMAND, "-b", url, *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        cwd=cwd,
        env=environment(),
    )
    try:
        return process.wait(after)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        return process.wait()


FOLLOWED = {"check_interval", "max_check_attempts"}
"""Fields in which the hosts of these tests follow their template, though the data has them."""


def _host(template: str, name: str) -> dict[str, Any]:
    """A host as a dump has it: with the values of its template, and a list of the fields that follow it."""
    return {
        "name": name,
        "alias": f"of {name}",
        "address": "192.0.2.1",
        "_templates": [template],
        "check_interval": 7,
        "max_check_attempts": 4,
        "_template_fields": [*FOLLOWED, "notes"],
    }


def _is_whole(item: dict[str, Any]) -> bool:
    return set(item["_template_fields"]) >= FOLLOWED and "alias" not in item["_template_fields"]


def test_add_is_killed(direct: Backend, backend_url: str, tmp_path: Path) -> None:
    chance = random.Random(4)  # noqa: S311 - makes a run repeatable
    whole = 0.0
    moments, stored, unfinished = [], [], 0
    for number in range(KILLS + 1):
        prefix = f"k{uuid.uuid4().hex[:8]}-"
        template = f"{prefix}template"
        realm = direct.get_all("realm", {"where": {"name": "All"}})["_items"][0]["_id"]
        common = {"_realm": realm, "check_interval": 7, "max_check_attempts": 4}
        direct.post("host", {"name": template, "_is_template": True, **common})
        names = [f"{prefix}{position:04}" for position in range(ITEMS)]
        data = data_file(tmp_path, (_host(template, name) for name in names))
        if number == 0:
            begin = time.monotonic()
            ran = command(backend_url, "-d", data, "add", cwd=tmp_path)
            whole = time.monotonic() - begin
            assert ran.code == 0, ran.text[-2000:]
        else:
            moments.append(chance.uniform(0.1, 0.9) * whole)
            killed(backend_url, "-d", data, "add", cwd=tmp_path, after=moments[-1])
            there = named(direct, "host", f"{prefix}[0-9]")
            assert there.keys() <= set(names)
            assert all(item["alias"] == f"of {name}" for name, item in there.items())
            assert all(item["check_interval"] == 7 for item in there.values())
            stored.append(len(there))
            left = sum(not _is_whole(item) for item in there.values())
            unfinished += left
            again = command(backend_url, "-d", data, "add", cwd=tmp_path)
            assert again.code == 0, again.text[-2000:]
            # What was there, and whole, is reported as such.
            counts = re.match(r"(\d+) hosts? added(?:, (\d+) unchanged)?$", again.out)
            assert counts is not None, again.out
            assert int(counts[1]) + int(counts[2] or 0) == ITEMS
            # The last requests of the killed run may have ended after the look above.
            assert int(counts[2] or 0) >= len(there) - left
        none_but(named(direct, "host", f"{prefix}[0-9]"), names, _is_whole)
        for host in named(direct, "host", prefix).values() if ITEMS <= 200 else ():
            direct.delete(f"host/{host['_id']}", {"If-Match": host["_etag"]})
        if ITEMS > 200:
            direct.delete("host", {})
    partly = sum(0 < count < ITEMS for count in stored)
    print(
        f"{len(moments)} kills within {whole:.1f} s: {partly} left a part of the hosts, {unfinished} unfinished hosts"
    )


def test_a_host_whose_services_are_missing_gets_them(direct: Backend, backend_url: str, tmp_path: Path) -> None:
    """As a kill leaves it between the host and its services."""
    host = f"k{uuid.uuid4().hex[:8]}"
    data = {"name": host, "alias": "a", "_services": [{"name": "cpu"}, {"name": "disk"}]}
    file = data_file(tmp_path, [{**data, "_services": [{"name": "cpu"}]}])
    assert command(backend_url, "-d", file, "add", cwd=tmp_path).code == 0
    file = data_file(tmp_path, [data])
    assert command(backend_url, "-d", file, "add", cwd=tmp_path).code == 0
    made = direct.get_all("host", {"where": {"name": host}})["_items"][0]
    assert len(direct.get_all("service", {"where": {"host": made["_id"]}})["_items"]) == 2
    again = command(backend_url, "-d", file, "add", cwd=tmp_path)
    assert (again.code, again.out) == (0, "0 hosts added, 3 unchanged\n")
    other = data_file(tmp_path, [{**data, "alias": "b", "_services": [{"name": "new"}]}])
    again = command(backend_url, "-d", other, "add", cwd=tmp_path)
    assert (again.code, "already exists" in again.err) == (2, True)


def test_a_dump_is_killed(direct: Backend, backend_url: str, tmp_path: Path) -> None:
    """The old file or the new one; and what the killed run left behind is gone after the next one."""
    prefix = f"l{uuid.uuid4().hex[:8]}-"
    realm = direct.get_all("realm", {"where": {"name": "All"}})["_items"][0]["_id"]
    direct.create_many("command", [{"name": f"{prefix}{number:05}", "_realm": realm} for number in range(1500)])
    dump = tmp_path / "alignak-object-list-commands.json"
    begin = time.monotonic()
    command(backend_url, "-t", "command", "list", cwd=tmp_path)
    whole = time.monotonic() - begin
    chance = random.Random(5)  # noqa: S311 - makes a run repeatable
    old, leftovers = 0, 0
    for _ in range(KILLS + 1):
        dump.write_text("the old one")
        killed(backend_url, "-t", "command", "list", cwd=tmp_path, after=chance.uniform(0.3, 1) * whole)
        content = dump.read_text()
        old += content == "the old one"
        leftovers += len(list(tmp_path.iterdir())) - 1
        if content != "the old one":
            assert len(json.loads(content)) >= 1500
    # One that is surely cut off while it writes.
    (tmp_path / ".alignak-left.tmp").write_text("[")
    precious = tmp_path / ".alignak-mine"
    precious.write_text("")
    assert command(backend_url, "-t", "command", "list", cwd=tmp_path).code == 0
    assert {path.name for path in tmp_path.iterdir()} == {dump.name, precious.name}
    print(f"{KILLS + 1} kills: {old} left the old dump, {leftovers} a temporary file, which the next run removed")
    direct.delete_many("command", list(named(direct, "command", prefix).values()))
