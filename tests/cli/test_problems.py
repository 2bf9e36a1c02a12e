"""Command `problems`: what it lists, in which order, how it looks, and what it says when there is nothing to list."""

from __future__ import annotations

import csv
import json
import re
import subprocess

import pytest

from alignak_backend_client.items.names import filters
from alignak_backend_client.items.names.patterns import name_condition
from cli import monitored
from cli.monitored import HOUR, NOW
from cli.running import COMMAND, Desk, Ran, environment, run, spawn
from servers import misbehaving as m


def names(ran: Ran) -> list[str]:
    assert ran.code == 0, ran
    return ran.out.split()


def listed(site: str, *words: str) -> list[str]:
    return names(run("-b", site, "problems", "-o", "name", *words))


def test_unhandled_problems_are_sorted_worst_first(site: str) -> None:
    # Then those that last longest, and last what began nobody knows when.
    assert listed(site) == ["web", "trying/http", "db/disk", "new/ssh", "far", "off/ssh", "db/mem", "db/cpu"]


@pytest.mark.parametrize(
    ("words", "more"),
    [
        (["--acknowledged"], {"taken", "db/swap"}),
        (["--downtime"], {"db/backup"}),
        (["--soft"], {"trying", "db/net"}),
        (["--down-hosts"], {"web/http", "taken/http"}),
        (["--pending"], {"new", "db/new"}),
        (["--all"], {"taken", "db/swap", "db/backup", "trying", "db/net", "web/http", "taken/http"}),
    ],
)
def test_each_part_of_the_rule_can_be_switched_off(site: str, words: list[str], more: set[str]) -> None:
    usual = listed(site)
    found = listed(site, *words)
    assert set(found) == {*usual, *more}
    assert len(found) == len(set(found))
    assert [name for name in found if name in usual] == usual


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--realm", "Paris"], {"db/disk", "db/mem", "db/cpu"}),
        (["--realm", "Europe"], {"db/disk", "db/mem", "db/cpu"}),
        (["--realm", "Asia"], {"far", "new/ssh"}),
        (["--realm", "Asia", "--realm", "Paris"], {"far", "new/ssh", "db/disk", "db/mem", "db/cpu"}),
        (["--host", "web"], {"web"}),
        (["--host", "web", "--down-hosts"], {"web", "web/http"}),
        (["--host", "*b", "--host", "f?r"], {"web", "far", "db/disk", "db/mem", "db/cpu"}),
        (["--service", "http"], {"trying/http"}),
        (["--service", "d*", "--service", "cp?"], {"db/disk", "db/cpu"}),
        (["--state", "down"], {"web"}),
        (["--state", "CRITICAL", "--state", "UNREACHABLE"], {"trying/http", "db/disk", "new/ssh", "far"}),
        (["--realm", "All", "--host", "db", "--service", "*", "--state", "critical", "--all"], {
            "db/disk", "db/swap", "db/backup"
        }),
        (["--state", "WARNING", "--host", "web"], set()),
    ],
)  # fmt: skip
def test_selected_problems(site: str, words: list[str], found: set[str]) -> None:
    assert set(listed(site, *words)) == found


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("web*", "web-1", True),
        ("web*", "my-web", False),
        ("*web", "web-1", False),
        ("w?b", "web", True),
        ("w?b", "weeb", False),
        ("w?b", "wb", False),
        ("w*.[b]", "w1.[b]", True),
        ("w*.[b]", "w1xb", False),
    ],
)
def test_patterns(pattern: str, name: str, matches: bool) -> None:
    assert bool(re.search(name_condition(pattern)["$regex"], name)) is matches


def test_realms_and_hosts_beyond_what_a_url_holds(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [["--realm", "Europe"], ["--host", "*b"], ["--host", "web", "--all"], ["--realm", "Asia", "--pending"]]
    before = [listed(site, *words) for words in wanted]
    monkeypatch.setattr(filters, "IDS_IN_URL", 0)
    assert [listed(site, *words) for words in wanted] == before
    ran = run("-b", site, "problems", "--host", "db")
    assert ran.err == (
        "3 problems: 1 CRITICAL, 1 UNKNOWN, 1 WARNING\n"
        "3 more: 1 acknowledged, 1 in a downtime, 1 soft (--all)\n"
        "1 never checked (--pending)\n"
    )


def test_rows_for_programs(site: str) -> None:
    rows = {row["name"]: row for row in json.loads(run("-b", site, "problems", "--all", "--pending", "-o", "json").out)}
    assert 2 * HOUR <= rows["web"].pop("duration") < 3 * HOUR
    assert rows["web"] == {
        "type": "host",
        "name": "web",
        "host": "web",
        "service": None,
        "state": "DOWN",
        "since": NOW - 2 * HOUR,
        "attempts": "2/3",
        "realm": "All",
        "output": "rta nan,\nlost 100% \x1b[31m",
        "last_check": NOW - 60,
        "flags": [],
    }
    assert rows["taken/http"]["flags"] == ["host_down"]
    assert rows["trying"]["flags"] == ["soft"]
    assert rows["db/swap"]["flags"] == ["acknowledged"]
    assert rows["db/backup"]["flags"] == ["downtime"]
    assert (rows["db/backup"]["realm"], rows["db/backup"]["service"]) == ("Paris", "backup")
    assert (rows["db/mem"]["since"], rows["db/mem"]["duration"]) == (None, None)
    new = rows["db/new"]
    assert (new["state"], new["since"], new["attempts"], new["last_check"]) == ("PENDING", None, None, None)


def test_a_table_for_people(site: str) -> None:
    ran = run("-b", site, "problems")
    first, web, *_ = ran.out.splitlines()
    assert first.split() == ["STATE", "SINCE", "TRIES", "HOST/SERVICE", "OUTPUT", "FLAGS"]
    assert web.split("  ")[0] == "DOWN"
    assert " 2h " in web
    assert r"rta nan, lost 100% \x1b[31m" in web
    assert ran.err == (
        "8 problems: 1 DOWN, 3 CRITICAL, 1 UNREACHABLE, 2 UNKNOWN, 1 WARNING\n"
        "7 more: 2 acknowledged, 1 in a downtime, 2 soft, 2 on a host that is down (--all)\n"
        "2 never checked (--pending)\n"
    )


def test_columns_and_csv(site: str) -> None:
    ran = run("-b", site, "problems", "--columns", "name,state", "-o", "csv")
    assert list(csv.reader(ran.out.splitlines()))[:2] == [["name", "state"], ["web", "DOWN"]]
    assert ran.err == ""
    wrong = run("-b", site, "problems", "--columns", "nmae")
    assert (wrong.code, wrong.err.splitlines()[0]) == (64, "Unknown column 'nmae': did you mean 'name'?")


def test_a_truncated_list_has_a_note(site: str) -> None:
    ran = run("-b", site, "problems", "--limit", "2", "-o", "ndjson")
    assert [json.loads(line)["name"] for line in ran.out.splitlines()] == ["web", "trying/http"]
    assert ran.err == "Showing only the first 2 of 8 problems (--limit)\n"
    assert run("-b", site, "problems", "--limit", "8", "-o", "ndjson").err == ""


@pytest.mark.parametrize("output", ["table", "json"])
def test_no_problems_are_reported_with_the_number_checked(site: str, output: str) -> None:
    ran = run("-b", site, "problems", "--host", "new", "--state", "down", "-o", output)
    assert (ran.code, ran.out) == (0, "" if output == "table" else "[]\n")
    assert ran.err == "No problems among 1 host and 1 service\n1 never checked (--pending)\n"
    ran = run("-b", site, "problems", "--service", "load", "-o", output)
    assert ran.err == "No problems among 1 service\n"


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["--host", "wbe"], 2, "There is no host 'wbe': did you mean 'web'?"),
        (["--host", "x*"], 2, "No host matches 'x*'"),
        (["--host", "template"], 2, "There is no host 'template'"),
        (["--service", "dsik"], 2, "There is no service 'dsik': did you mean 'disk'?"),
        (["--service", "x*"], 2, "No service matches 'x*'"),
        (["--realm", "Pari"], 2, "There is no realm 'Pari': did you mean 'Paris'?"),
        (["--state", "up"], 64, "Unknown problem state 'up': the states are: DOWN, CRITICAL, "),
        (["--state", "dwon"], 64, "Unknown problem state 'dwon': did you mean 'DOWN'?"),
        (["--host", ""], 64, "Invalid value for '--host': it is empty"),
        (["web"], 64, "Unexpected argument: web"),
    ],
)
def test_invalid_selections_are_reported(site: str, words: list[str], code: int, message: str) -> None:
    ran = run("-b", site, "problems", *words)
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.startswith(message)


def test_a_user_without_read_rights_gets_an_error(fresh_desk: Desk) -> None:
    backend = fresh_desk.backend
    realm = fresh_desk.item("realm", "All")["_id"]
    user = backend.post("user", {"name": "bob", "password": "bob", "_realm": realm})["_id"]
    for right in fresh_desk.items("userrestrictrole", user=user):
        backend.delete(f"userrestrictrole/{right['_id']}", {"If-Match": right["_etag"]})
    for output in "table", "json":
        ran = run("-b", fresh_desk.url, "-u", "bob", "-p", "bob", "problems", "-o", output)
        assert (ran.code, ran.out) == (2, "")
        assert (
            ran.err == "This user has no read access to realms, hosts or services: an administrator must grant rights\n"
        )


def test_a_user_sees_the_problems_of_readable_realms(fresh_desk: Desk) -> None:
    backend = fresh_desk.backend
    monitored.put(backend)
    paris = fresh_desk.item("realm", "Paris")["_id"]
    backend.post("user", {"name": "bob", "password": "bob", "_realm": paris, "back_role_super_admin": False})
    ran = run("-b", fresh_desk.url, "-u", "bob", "-p", "bob", "problems", "-o", "name", "--realm", "Paris")
    assert names(ran) == ["db/disk", "db/mem", "db/cpu"]


def test_a_list_that_cannot_be_read_never_looks_like_no_problems() -> None:
    def answer(request: m.Request) -> m.Behaviour:
        if request.path.startswith("/service"):
            return m.keep_alive({"_status": "ERR", "_error": {"code": 403, "message": "no"}}, 403)
        return m.page([])

    with m.MisbehavingServer([m.after_login(answer)]) as server:
        for output in "table", "json", "csv", "name":
            ran = run("-b", server.url, "problems", "-o", output)
            assert (ran.code, ran.out) == (2, "")
            assert ran.err == "The backend rejects the request: no\n"


def test_few_requests_are_sent(site: str, sent: list[str]) -> None:
    listed(site, "--jobs", "1")
    # The last ones are the hosts of services.
    wanted = ["realm", "host", "service", "host"]
    assert sent == ["POST login", *(f"GET {name}" for name in wanted)]


def test_notes_follow_the_results_in_one_file(site: str) -> None:
    command = [*COMMAND, "-b", site, "problems"]
    ran = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment(), text=True, check=True, timeout=60
    )
    lines = ran.stdout.splitlines()
    assert [lines[0].split()[0], *lines[-3:]] == [
        "STATE",
        "8 problems: 1 DOWN, 3 CRITICAL, 1 UNREACHABLE, 2 UNKNOWN, 1 WARNING",
        "7 more: 2 acknowledged, 1 in a downtime, 2 soft, 2 on a host that is down (--all)",
        "2 never checked (--pending)",
    ]


def test_an_encoding_without_accents_and_a_pipe(site: str) -> None:
    ran = spawn("-b", site, "problems", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert (ran.code, ran.out.isascii()) == (0, True)
    assert ran.out.splitlines()[1].startswith("DOWN ")
