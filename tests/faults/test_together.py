"""Two commands change the same items at the same time: no change is lost without a word."""

from __future__ import annotations

import subprocess
import uuid
from pathlib import Path

import pytest

from cli.running import COMMAND, environment
from faults.running import admin, command, data_file, named
from servers.misbehaving import Behaviour, MisbehavingServer, Request, answer, json_answer

ITEMS = 60
ROUNDS = 2


@pytest.mark.parametrize("fields", [("notes", "notes"), ("notes", "notes_url")])
def test_two_updates(backend_url: str, tmp_path: Path, fields: tuple[str, str]) -> None:
    """Who was told of success has its value in the backend, unless the other one was told so later: of one field."""
    with admin(backend_url) as direct:
        prefix = f"t{uuid.uuid4().hex[:8]}-"
        realm = direct.get_all("realm", {"where": {"name": "All"}})["_items"][0]["_id"]
        names = [f"{prefix}{number:03}" for number in range(ITEMS)]
        direct.create_many("host", [{"name": name, "_realm": realm, "notes": "", "notes_url": ""} for name in names])
        lost = 0
        for number in range(ROUNDS):
            values = [f"{who}-{number}" for who in ("ours", "theirs")]
            processes = []
            for field, value in zip(fields, values, strict=True):
                file = data_file(tmp_path, ({"name": name, field: value} for name in names), f"{value}.json")
                processes.append(
                    subprocess.Popen(
                        [*COMMAND, "-b", backend_url, "-v", "-d", file, "update"],
                        stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE,
                        env=environment(),
                        text=True,
                    )
                )
            told = [process.communicate(timeout=120) for process in processes]
            stored = named(direct, "host", prefix)
            for name in names:
                won = [f"Host '{name}' is updated" in out for out, _ in told]
                refused = [f"Host '{name}' is not updated: somebody else changed it" in err for _, err in told]
                assert all(a != b for a, b in zip(won, refused, strict=True)), (name, won, refused, told)
                lost += sum(refused)
                kept = [
                    stored[name][field] == value for field, value, done in zip(fields, values, won, strict=True) if done
                ]
                # Of one field the later one stays: it has read what the earlier one wrote.
                assert all(kept) if fields[0] != fields[1] else any(kept)
            for process, (_, err) in zip(processes, told, strict=True):
                assert process.returncode == (2 if "is not updated" in err else 0)
        print(f"{fields}: {lost} of {2 * ROUNDS * ITEMS} changes were told as overtaken")


def test_two_adds_of_the_same_items(backend_url: str, tmp_path: Path) -> None:
    """Each item is there once; what the other command has added first is told as refused, or as unchanged."""
    prefix = f"u{uuid.uuid4().hex[:8]}-"
    names = [f"{prefix}{number:03}" for number in range(ITEMS)]
    file = data_file(tmp_path, ({"name": name} for name in names))
    words = [*COMMAND, "-b", backend_url, "-q", "-d", file, "add"]
    processes = [subprocess.Popen(words, env=environment()) for _ in range(2)]
    codes = [process.wait(60) for process in processes]
    with admin(backend_url) as direct:
        assert sorted(named(direct, "host", prefix)) == names
    assert set(codes) <= {0, 2}
    again = command(backend_url, "-d", file, "add", cwd=tmp_path)
    assert (again.code, again.out) == (0, f"0 hosts added, {ITEMS} unchanged\n")


def test_two_deletions_of_all(tmp_path: Path) -> None:
    """What one has deleted, the other one has not; each tells so."""
    with MisbehavingServer([DeletedMeanwhile(6)]) as server:
        ran = command(server.url, "-t", "service", "delete", cwd=tmp_path)
    assert (ran.code, ran.out) == (0, "2 services deleted, 4 gone already\n")


class DeletedMeanwhile:
    """An Alignak backend, as far as it is asked: of its services, others have deleted all but the last two."""

    def __init__(self, number: int) -> None:
        self._ids = [f"{one:024x}" for one in range(1, number + 1)]
        self._left = self._ids[-2:]

    def __call__(self, request: Request) -> Behaviour:
        path = request.path.partition("?")[0].strip("/")
        if path == "login":
            return json_answer({"token": "t"})
        if path == "service" and request.method == "GET":
            items = [{"_id": one, "_etag": "e", "name": one[-3:]} for one in self._ids]
            return json_answer({"_items": items, "_meta": {"total": len(items)}})
        if request.method == "DELETE" and path == "service":
            self._ids, self._left = [], []
            return answer(204)
        if request.method == "DELETE" and path.partition("/")[2] in self._left:
            self._left.remove(path.partition("/")[2])
            return answer(204)
        return json_answer({}, 404 if path.startswith("service/") else 200)
