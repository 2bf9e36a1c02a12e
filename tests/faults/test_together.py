"""Two commands change the same items at the same time: no change is lost without a word."""

from __future__ import annotations

import re
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
    """A value reported as written is in the backend, unless the other one reported the same field later."""
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
            outputs = [process.communicate(timeout=120) for process in processes]
            stored = named(direct, "host", prefix)
            for name in names:
                won = [f"Host '{name}' is updated" in out for out, _ in outputs]
                refused = [
                    f"Host '{name}' is not updated: it was changed by somebody else" in err for _, err in outputs
                ]
                assert all(a != b for a, b in zip(won, refused, strict=True)), (name, won, refused, outputs)
                lost += sum(refused)
                kept = [
                    stored[name][field] == value for field, value, done in zip(fields, values, won, strict=True) if done
                ]
                # Of one field the later one stays: it has read what the earlier one wrote.
                assert all(kept) if fields[0] != fields[1] else any(kept)
            for process, (_, err) in zip(processes, outputs, strict=True):
                assert process.returncode == (2 if "is not updated" in err else 0)
        print(f"{fields}: {lost} of {2 * ROUNDS * ITEMS} changes were told as overtaken")


@pytest.mark.parametrize("kind", ["host", "service", "hostescalation", "command"])
def test_two_adds_of_the_same_items(backend_url: str, tmp_path: Path, kind: str) -> None:
    """Each item is there once, and reported as added once; what the other command has added is unchanged."""
    prefix = f"u{uuid.uuid4().hex[:8]}-"
    names = [f"{prefix}{number:03}" for number in range(ITEMS)]
    with admin(backend_url) as direct:
        realm = direct.get_all("realm", {"where": {"name": "All"}})["_items"][0]["_id"]
        direct.post("host", {"name": f"{prefix}host", "_realm": realm})
        more = {"host": f"{prefix}host"} if kind == "service" else {}
        file = data_file(tmp_path, ({"name": name, **more} for name in names))
        words = [*COMMAND, "-b", backend_url, "-t", kind, "-d", file, "add"]
        processes = [
            subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), text=True)
            for _ in range(2)
        ]
        outputs = [process.communicate(timeout=120) for process in processes]
        found = direct.get_all(kind, {"where": {"name": {"$regex": f"^{prefix}[0-9]"}}})["_items"]
        assert sorted(item["name"] for item in found) == names
    assert [process.returncode for process in processes] == [0, 0], outputs
    called = "host escalation" if kind == "hostescalation" else kind
    counts = [re.fullmatch(rf"(\d+) {called}s? added(?:, (\d+) unchanged)?\n", out) for out, _ in outputs]
    assert all(counts), outputs
    added, unchanged = (sum(int(count[place] or 0) for count in counts if count) for place in (1, 2))
    assert (added, unchanged) == (ITEMS, ITEMS)
    again = command(backend_url, "-t", kind, "-d", file, "add", cwd=tmp_path)
    assert (again.code, again.out) == (0, f"0 {called}s added, {ITEMS} unchanged\n")


def test_an_item_whose_id_another_one_has(backend_url: str, tmp_path: Path) -> None:
    """One that was renamed keeps its id, which is made from the name that it had; links lead to the new one."""
    name, other = f"w{uuid.uuid4().hex[:8]}", f"x{uuid.uuid4().hex[:8]}"
    hosts = data_file(tmp_path, [{"name": name, "_services": [{"name": "cpu"}]}, {"name": other, "parents": [name]}])
    assert command(backend_url, "add", name, cwd=tmp_path).code == 0
    with admin(backend_url) as direct:
        before = named(direct, "host", name)[name]
        direct.patch(f"host/{before['_id']}", {"name": f"{name}-2"}, headers={"If-Match": before["_etag"]})
        ran = command(backend_url, "-d", hosts, "add", cwd=tmp_path)
        assert (ran.code, ran.out) == (0, "2 hosts added, 1 service added\n"), ran.text
        there = named(direct, "host", name)
        assert there[f"{name}-2"]["_id"] == before["_id"] != there[name]["_id"]
        assert named(direct, "host", other)[other]["parents"] == [there[name]["_id"]]
        services = direct.get_all("service", {"where": {"host": there[name]["_id"]}})["_items"]
        assert [service["name"] for service in services] == ["cpu"]


@pytest.mark.parametrize("kind", ["user", "realm"])
def test_rights_do_not_pass_to_one_of_the_same_name(backend_url: str, tmp_path: Path, kind: str) -> None:
    """Links to a deleted user have its id: a new user has another one."""
    name, ids = f"v{uuid.uuid4().hex[:8]}", set()
    with admin(backend_url) as direct:
        for _ in range(2):
            assert command(backend_url, "-t", kind, "add", name, cwd=tmp_path).code == 0
            ids.add(named(direct, kind, name)[name]["_id"])
            assert command(backend_url, "-t", kind, "delete", name, cwd=tmp_path).code == 0
    assert len(ids) == 2


def test_two_deletions_of_all(tmp_path: Path) -> None:
    """Each item is deleted by one of the two, and each reports its own."""
    with MisbehavingServer([DeletedMeanwhile(6)]) as server:
        ran = command(server.url, "-t", "service", "delete", cwd=tmp_path)
    assert (ran.code, ran.out) == (0, "2 services deleted, 4 already deleted\n")


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
