"""The use cases of the manual of 1.4.4, literally, on a backend of their own."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.running import Desk, Ran, run

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def play(fresh_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Runs a line of the manual in the desk's folder, where `examples` is."""
    monkeypatch.chdir(fresh_desk.folder)
    (fresh_desk.folder / "examples").symlink_to(EXAMPLES)

    def line(text: str, code: int = 0, stdin: bytes = b"") -> Ran:
        command, *words = shlex.split(text)
        assert command == "alignak-backend-cli"
        ran = run(*words, stdin=stdin, variables={"ALIGNAK_BACKEND_URL": fresh_desk.url})
        assert ran.code == code, (text, ran)
        return ran

    return line


def test_the_use_cases(play: Callable[..., Ran], fresh_desk: Desk) -> None:
    desk = fresh_desk

    def wrote(name: str) -> Any:
        data = desk.load(name)
        (desk.folder / name).unlink()
        return data

    for text in ("-h", "--help", "-V", "--version"):
        assert play(f"alignak-backend-cli {text}").out
    # Items to work with.
    play("alignak-backend-cli -t host add host_name")
    play(f"alignak-backend-cli -b={desk.url} -u=admin -p=admin get host_name")
    assert wrote("alignak-object-dump-host-host_name.json")["name"] == "host_name"
    play("alignak-backend-cli -t user add contact_name")
    play("alignak-backend-cli -t service add host_name/service_name")

    for text in ("get -l", "list", "-l", "-t host list"):
        play(f"alignak-backend-cli {text}")
        assert [host["name"] for host in wrote("alignak-object-list-hosts.json")] == ["host_name"]
    for text in ("get -l -t user", "list -t user"):
        play(f"alignak-backend-cli {text}")
        assert len(wrote("alignak-object-list-users.json")) == 2
    (desk.folder / "sub").mkdir()
    play("alignak-backend-cli get -l -f sub -t user")
    assert len(wrote("sub/alignak-object-list-users.json")) == 2
    play("alignak-backend-cli -l -m")
    assert [host["name"] for host in wrote("alignak-model-list-hosts.json")] == ["_dummy"]
    ran = play("alignak-backend-cli get host_name")
    assert json.loads(ran.out) == wrote("alignak-object-dump-host-host_name.json")
    play("alignak-backend-cli -t user get contact_name")
    assert wrote("alignak-object-dump-user-contact_name.json")["name"] == "contact_name"
    play("alignak-backend-cli get -t service host_name/service_name")
    assert wrote("alignak-object-dump-service-host_name_service_name.json")["host"] == "host_name"
    for text in ("get -l -t service host_name/*", "-t service list host_name/*"):
        play(f"alignak-backend-cli {text}")
        assert [found["name"] for found in wrote("alignak-object-list-services.json")] == ["service_name"]
    play("alignak-backend-cli -t host get host_name/*")
    assert [found["name"] for found in wrote("alignak-object-dump-host-host_name.json")["_services"]] == [
        "service_name"
    ]

    play("alignak-backend-cli new_host")
    assert "is unchanged" in play("alignak-backend-cli new_host").out
    play("alignak-backend-cli -t user new_contact")
    desk.file({"alias": "from a file", "name": "the command line wins"}, "input_host.json")
    play('alignak-backend-cli --data="./input_host.json" add new_host_1')
    assert desk.item("host", "new_host_1")["alias"] == "from a file"
    play('alignak-backend-cli -t user new_contact_1 --data="stdin"', stdin=b'{"alias": "from stdin"}')
    assert desk.item("user", "new_contact_1")["alias"] == "from stdin"
    desk.file({"_is_template": True, "notes": "first", "customs": {"_A": "1"}}, "template.json")
    play("alignak-backend-cli -d template.json add host_template")
    desk.file({"_is_template": True, "notes": "second"}, "template.json")
    play("alignak-backend-cli -d template.json add host_template2")
    play("alignak-backend-cli -T host_template add new_host_2")
    assert desk.item("host", "new_host_2")["notes"] == "first"
    play('alignak-backend-cli -T "host_template,host_template2" add new_host_3')
    assert desk.item("host", "new_host_3")["notes"] == "second"
    play("alignak-backend-cli -T no_template add new_host_4", code=2)

    play("alignak-backend-cli add test_host")
    desk.file({"alias": "updated"}, "update_host.json")
    play('alignak-backend-cli --data="./update_host.json" update test_host')
    assert desk.item("host", "test_host")["alias"] == "updated"
    play("alignak-backend-cli -i -d update_host.json update test_host")

    play("alignak-backend-cli -t service add test_host/one")
    play("alignak-backend-cli -t service add test_host/two")
    play("alignak-backend-cli delete -t service test_host/*")
    assert [found["name"] for found in desk.items("service")] == ["service_name"]
    play("alignak-backend-cli delete test_host")
    assert desk.items("host", name="test_host") == []
    play("alignak-backend-cli delete -t retention-service")
    play("alignak-backend-cli -t host delete")
    assert [host["name"] for host in desk.items("host")] == ["_dummy"]
    assert desk.items("service") == []


def test_the_checks_pack(play: Callable[..., Ran], fresh_desk: Desk) -> None:
    play("alignak-backend-cli -v -t command -d examples/checks-pack-commands.json add")
    play("alignak-backend-cli -v -t user -d examples/checks-pack-users-templates.json add")
    play("alignak-backend-cli -v -t host -d examples/checks-pack-hosts-templates.json add")
    play("alignak-backend-cli -v -t service -d examples/checks-pack-services-templates.json add")
    play("alignak-backend-cli -v -t command list")
    play("alignak-backend-cli -v -t user list")
    play("alignak-backend-cli -v -t host -m list")
    play("alignak-backend-cli -v -t service -m list")
    assert len(fresh_desk.load("alignak-model-list-services.json")) == 13
    play("alignak-backend-cli -v -t host -T windows-passive-host add host_test")
    play("alignak-backend-cli -v -t host -d examples/example_host_data.json add host_test_2")
    play("alignak-backend-cli -v -t host list")
    play("alignak-backend-cli -v -t service list")
    assert len(fresh_desk.load("alignak-object-list-hosts.json")) == 2
    assert len(fresh_desk.load("alignak-object-list-services.json")) == 24
    play("alignak-backend-cli -v -t host -d examples/example_host_livestate.json update host_test")
    play("alignak-backend-cli -v -t service -d examples/example_service_livestate.json update host_test/cpu")
    assert fresh_desk.item("host", "host_test")["ls_state"] == "UP"
    host = fresh_desk.item("host", "host_test")
    assert fresh_desk.item("service", "cpu", host=host["_id"])["_overall_state_id"] == 3
    for _ in range(2):
        ran = play("alignak-backend-cli -t service -d examples/checks-pack-services-templates.json add")
        assert ran.out == "0 services added, 13 unchanged\n"
    assert len(fresh_desk.items("service")) == 37
    # Deleting a host template takes its service templates along, and what was made of them.
    play("alignak-backend-cli -t host delete windows-passive-host")
    assert {found["name"] for found in fresh_desk.items("service")} == {"passive-service"}
