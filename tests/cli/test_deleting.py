"""What `delete` deletes, what it asks before, and what it says of the consequences."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
from pathlib import Path

import pytest

from cli.running import COMMAND, Desk, Item, environment, unique


class Site:
    """A desk with a backend of its own: three hosts of a realm, one of them a template, and a command that they use."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        desk.ok("-t", "realm", "-d", desk.file({"_parent": "All"}), "add", "paris")
        desk.ok("-t", "command", "-d", desk.file([{"name": "old"}, {"name": "unused"}]), "add")
        desk.ok("-t", "timeperiod", "-d", desk.file({"dateranges": []}), "add", "nights")
        fields = {"_realm": "paris", "check_period": "nights"}
        hosts: list[Item] = [{"name": f"web-{number}", "check_command": "old", **fields} for number in (1, 2)]
        hosts += [{"name": "tmpl", "_is_template": True}]
        desk.ok("-d", desk.file(hosts), "add")
        services = [
            {"host": f"web-{number}", "name": name, "check_period": "nights"}
            for number in (1, 2)
            for name in ("cpu", "disk")
        ]
        desk.ok("-t", "service", "-d", desk.file(services), "add")
        desk.ok("-t", "hostgroup", "-d", desk.file({"hosts": ["web-1"]}), "add", "group")

    def names(self, resource: str = "host") -> list[str]:
        start = {"_dummy", "_echo", "_internal_host_up", "All"}
        return sorted({item["name"] for item in self.desk.items(resource)} - start)

    def typed(self, *words: str, answer: str = "", quiet: bool = False, interrupt: bool = False) -> tuple[int, str]:
        """Run the command on a terminal; return its exit code and what the terminal showed."""
        ours, theirs = pty.openpty()
        with subprocess.Popen(
            [*COMMAND, "-b", self.desk.url, *words],
            stdin=theirs,
            stdout=theirs,
            stderr=subprocess.DEVNULL if quiet else theirs,
            cwd=self.desk.folder,
            env=environment(),
        ) as process:
            os.close(theirs)
            shown = b""
            while select.select([ours], [], [], 30)[0]:
                try:
                    part = os.read(ours, 4096)
                except OSError:  # it has ended
                    break
                shown += part
                if b"[y/N] " in part:
                    os.write(ours, answer.encode())
                    if interrupt:
                        process.send_signal(signal.SIGINT)
        os.close(ours)
        return process.returncode, shown.decode().replace("\r\n", "\n")


@pytest.fixture
def site(fresh_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.chdir(fresh_desk.folder)
    return Site(fresh_desk)


# --- on a terminal


def test_a_terminal_is_asked_before_all_items_of_a_type(site: Site) -> None:
    everything = ["tmpl", "web-1", "web-2"]
    question = (
        "Used by 1 host group (group). Delete 3 hosts ('tmpl', 'web-1', 'web-2') and 4 services with them? [y/N] "
    )
    for answer in ("n\n", "\n", "nonsense\n", "\x04"):
        code, shown = site.typed("delete", answer=answer)
        assert code == 2
        assert question in shown
        assert shown.endswith("Cancelled: nothing was deleted\n")
        assert site.names() == everything
    code, shown = site.typed("-q", "delete", answer="no\n")
    assert (code, shown.count(question)) == (2, 1)
    code, shown = site.typed("delete", interrupt=True)
    assert (code, shown.splitlines()[-1]) == (130, "Interrupted")
    assert site.names() == everything
    code, shown = site.typed("delete", answer="y\n")
    assert code == 0
    assert shown.endswith("3 hosts deleted, 1 skipped\n")
    assert (site.names(), site.names("service")) == ([], [])


def test_a_terminal_is_asked_of_several_and_of_what_others_use(site: Site) -> None:
    data = site.desk.file([{"name": "web-1"}])
    for words, question in (
        (["delete", "web-*"], "Delete 2 hosts ('web-1', 'web-2') and 4 services with them?"),
        (["delete", "web-1", "tmpl"], "Delete 2 hosts ('tmpl', 'web-1') and 2 services with them?"),
        (["-m", "delete"], "Delete 1 host ('tmpl')?"),
        (["-d", data, "delete"], "Delete 1 host ('web-1') and 2 services with them?"),
        (["-t", "service", "delete", "web-1/*"], "Delete 2 services ('web-1/cpu', 'web-1/disk')?"),
        (["-t", "command", "delete", "old"], "Used by 2 hosts (web-1, web-2). Delete 1 command ('old')?"),
        (["-t", "realm", "delete", "paris"], "Used by 2 hosts (web-1, web-2). Delete 1 realm"),
        (
            ["-t", "timeperiod", "delete", "nights"],
            "Used by 2 hosts (web-1, web-2), 4 services (web-1/cpu, web-1/disk, web-2/cpu, …). Delete 1 time period",
        ),
    ):
        code, shown = site.typed(*words, answer="n\n")
        assert (code, question in shown) == (2, True), shown
    assert site.names() == ["tmpl", "web-1", "web-2"]


def test_deleting_one_unused_item_needs_no_confirmation(site: Site) -> None:
    for words in (["-t", "command", "delete", "unused"], ["delete", "web-2"], ["-c", "delete"], ["delete", "gone"]):
        code, shown = site.typed(*words, answer="n\n")
        assert code == (2 if "gone" in words else 0)
        assert "[y/N]" not in shown
    assert (site.names(), site.names("command")) == (["tmpl", "web-1"], ["old"])


def test_yes_is_the_answer_of_scripts(site: Site) -> None:
    code, shown = site.typed("delete", "--yes")
    assert (code, "[y/N]" in shown) == (0, False)
    assert site.names() == []


def test_without_a_terminal_confirmation_is_denied(site: Site) -> None:
    ran = subprocess.run(
        ["script", "-qec", f"{COMMAND[0]} -b {site.desk.url} delete >out 2>err", "/dev/null"],
        cwd=site.desk.folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 2
    assert (site.desk.folder / "err").read_text().endswith("the output is not a terminal: use --yes\n")
    assert site.names() == ["tmpl", "web-1", "web-2"]
    # One of the two will do.
    code, shown = site.typed("delete", answer="y\n", quiet=True)
    assert (code, "[y/N]" in shown) == (0, True)


def test_json_and_a_no(site: Site) -> None:
    code, shown = site.typed("--json", "delete", answer="n\n")
    summary = json.loads(shown.splitlines()[-1])["summary"]
    assert code == 2
    assert (summary["ok"], summary["reason"]) == (False, "Cancelled: nothing was deleted")


# --- without one


def test_scripts_delete_as_ever(site: Site) -> None:
    assert site.desk.ok("delete").out == "3 hosts deleted, 1 skipped\n"
    assert site.names() == []


def test_items_of_a_file(site: Site) -> None:
    desk = site.desk
    ran = desk.run(
        "-t", "service", "-d", desk.file([{"host": "web-1", "name": "cpu"}, {"name": "web-2/disk"}]), "delete"
    )
    assert (ran.code, ran.out) == (0, "2 services deleted\n")
    assert sorted(site.names("service")) == ["cpu", "disk"]
    ran = desk.run("--json", "-d", desk.file([{"name": "gone"}, {"name": "web-2"}, {"alias": "x"}]), "delete")
    assert ran.code == 2
    results = [json.loads(line) for line in ran.out.splitlines()][:-1]
    assert [(one["entry"], one["status"], one["code"]) for one in results] == [
        (1, "failed", 404),
        (3, "failed", 422),
        (2, "deleted", None),
    ]
    assert site.names() == ["tmpl", "web-1"]
    assert desk.ok("-d", desk.file([]), "delete").out == "0 hosts deleted\n"
    assert desk.ok("-d", desk.file({"name": "web-1"}), "delete").out == "1 host deleted\n"
    assert desk.run("-d", "nothing.json", "delete").code == 2
    assert site.names() == ["tmpl"]


def test_only_templates(site: Site) -> None:
    ran = site.desk.run("-m", "delete", "web-1")
    assert (ran.code, ran.err) == (2, "Host 'web-1' is not deleted: it is not a template; omit -m\n")
    assert site.desk.ok("-m", "delete").out == "1 host deleted, 1 skipped\n"
    assert site.names() == ["web-1", "web-2"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-T", "name", "delete"], "The option --template works with 'add' and 'update', not with 'delete'"),
        (["-i", "delete"], "The option --include-read-data works with 'update', not with 'delete'"),
        (["-e", "delete", "x"], "The option --embedded works with 'get' and 'list', not with 'delete'"),
        (
            ["-d", "x.json", "delete", "web-1"],
            "Give either the names of the items to delete, or a data file with -d",
        ),
        (["-t", "command", "-m", "delete"], "There are no command templates: omit --model"),
        (["--yes", "add", "x"], "The option --yes works with 'delete', not with 'add'"),
        (["delete", ""], "The name of the item is empty"),
    ],
)
def test_invalid_selections(tmp_path: Path, words: list[str], message: str) -> None:
    ran = Desk("http://127.0.0.1:1", tmp_path).run(*words)
    assert (ran.code, ran.out) == (64, "")
    assert ran.err.splitlines()[0] == message


def test_a_dry_run_reports_consequences_and_users_of_an_item(site: Site) -> None:
    desk = site.desk
    assert desk.ok("-c", "-t", "command", "delete", "old").out == (
        "Command 'old' would be deleted: it is used by 2 hosts (web-1, web-2)\n"
    )
    assert sorted(desk.ok("-c", "delete", "web-*").out.splitlines()) == [
        "2 hosts would be deleted",
        "Host 'web-1' would be deleted: 2 services would also be deleted; it is used by 1 host group (group)",
        "Host 'web-2' would be deleted: 2 services would also be deleted",
    ]
    line = json.loads(desk.ok("--json", "-c", "-t", "command", "delete", "old").out.splitlines()[0])
    assert line["reason"] == "it is used by 2 hosts (web-1, web-2)"


def test_items_generated_from_templates_are_deleted_with_them(site: Site) -> None:
    desk = site.desk
    templates = [{"name": name, "host": "tmpl", "_is_template": True} for name in ("load", "swap")]
    desk.ok("-t", "service", "-d", desk.file(templates), "add")
    desk.ok("-T", "tmpl", "add", "db")
    assert desk.ok("-c", "delete", "tmpl").out == (
        "Host 'tmpl' would be deleted: 4 services would also be deleted; it is used by 1 host (db)\n"
    )
    assert desk.ok("-c", "-t", "service", "delete", "tmpl/load").out == (
        "Service 'tmpl/load' would be deleted: 1 service would also be deleted\n"
    )
    before = len(desk.items("service"))
    desk.ok("delete", "tmpl")
    assert before - len(desk.items("service")) == 4


def test_realms_go_from_below(site: Site) -> None:
    desk = site.desk
    desk.ok(
        "-t",
        "realm",
        "-d",
        desk.file([{"name": "paris-a", "_parent": "paris"}, {"name": "paris-b", "_parent": "paris-a"}]),
        "add",
    )
    ran = desk.run("-t", "realm", "delete", "paris", "paris-b")
    assert ran.code == 2
    assert "Realm 'paris' is not deleted: it has sub-realms; delete them first" in ran.err
    assert site.names("realm") == ["paris", "paris-a"]
    assert desk.ok("-t", "realm", "delete", "paris", "paris-?").out == "2 realms deleted\n"
    assert site.names("realm") == []


# --- several


def test_several_and_patterns(site: Site) -> None:
    desk = site.desk
    ran = desk.run("delete", "gone", "web-*", "web-1", "none-*")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines() == [
        "Host 'gone' is not deleted: there is no such host",
        "Host 'none-*' is not deleted: it matches no host; templates are matched with -m",
        "2 hosts deleted, 2 failed",
    ]
    ran = desk.run("delete", "none-*")
    assert (ran.code, ran.text) == (2, "'none-*': it matches no host; templates are matched with -m\n")
    assert site.names() == ["tmpl"]


def test_start_documents_are_kept_from_patterns_and_refused_by_name(site: Site) -> None:
    assert site.desk.ok("-t", "command", "delete", "*").out == "2 commands deleted, 2 skipped\n"
    assert site.desk.run("-t", "command", "delete", "_echo").code == 2


def test_update_of_several(site: Site) -> None:
    desk = site.desk
    change = desk.file({"alias": "x", "notes": unique()})
    assert desk.ok("-d", change, "update", "web-*").out == "2 hosts updated\n"
    assert [desk.item("host", f"web-{number}")["alias"] for number in (1, 2)] == ["x", "x"]
    assert desk.ok("-d", change, "update", "web-1", "tmpl").out == "1 host updated, 1 unchanged\n"
    assert desk.ok("-t", "service", "-d", change, "update", "web-*/c*", "web-1/*").out == "3 services updated\n"
    assert desk.ok("-m", "-d", change, "update", "t*").out == "0 hosts updated, 1 unchanged\n"
    ran = desk.run("-d", change, "update", "none-*", "web-1")
    assert (ran.code, ran.err.splitlines()[0]) == (2, "Host 'none-*' is not updated: there is no such host")
    ran = desk.run("-d", desk.file({"name": "one"}), "update", "web-*")
    assert ran.code == 2
    assert site.names() == ["tmpl", "web-1", "web-2"]


def test_get_and_list_of_several(site: Site) -> None:
    desk = site.desk
    for words in (["list", "web-*"], ["get", "web-1", "web-2"], ["-l", "web-*", "web-1"]):
        assert desk.ok(*words).out.startswith("2 hosts written to ")
        assert sorted(one["name"] for one in desk.load("alignak-object-list-hosts.json")) == ["web-1", "web-2"]
    shown = desk.ok("list", "-o", "name", "-t", "service", "*/cpu", "--sort", "host").out
    assert shown == "web-1/cpu\nweb-2/cpu\n"
    assert desk.ok("get", "-o", "name", "web-*", "--where", "name~2").out == "web-2\n"
    before = desk.files()
    for words in (["list", "none-*"], ["list", "web-1", "gone"], ["get", "none-*"], ["list", "-o", "name", "none-*"]):
        ran = desk.run(*words)
        assert (ran.code, ran.out) == (2, "")
    assert len(desk.load("alignak-object-list-hosts.json")) == 2
    assert desk.files() == before
