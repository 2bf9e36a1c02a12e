"""The command ``import``: what it prints, its exit codes, and that its folder is a site for other commands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from alignak_backend_client.cli.terminal.console import Console
from cli.running import Ran, contents, run

CFG = Path(__file__).parents[1] / "site_files" / "cfg"

HOST = "define host {\n    host_name   web1\n    address     192.0.2.1\n}\n"


def imported(folder: Path, text: str, *options: str) -> Ran:
    (folder / "x.cfg").write_text(text, encoding="utf-8")
    return run("import", str(folder / "x.cfg"), "--to", str(folder / "site"), *options)


def test_all_is_carried_over(tmp_path: Path) -> None:
    ran = imported(tmp_path, HOST)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"1 host from 1 file: 1 file written to {tmp_path / 'site'}, 0 unchanged\n"
    assert (tmp_path / "site" / "host" / "web1.yml").read_text() == (
        'host:\n- name: web1\n  address: "192.0.2.1"\n  retry_interval: 1\n  notification_interval: 30\n'
    )
    assert run("validate", str(tmp_path / "site")).code == 0
    assert imported(tmp_path, HOST).out.endswith("0 files written to " + str(tmp_path / "site") + ", 1 unchanged\n")


def test_findings_are_grouped_and_determine_the_exit_code(tmp_path: Path) -> None:
    text = HOST + "define host {\nhost_name a=b\nhourly_value 5\n}\ndefine host {\n"
    ran = imported(tmp_path, text)
    file = tmp_path / "x.cfg"
    assert ran.code == 2
    assert ran.err.splitlines() == [
        "Converted with changes (1):",
        f"  {file}:5: host 'a=b': it is renamed to 'a_b'",
        "Not converted (1):",
        f"  {file}:7: host 'a=b': 'hourly_value': the backend has no equivalent",
        "Cannot be read (1):",
        f"  {file}:9: host: define host is not closed: a line with a }} is missing",
    ]
    assert ran.out.startswith("2 hosts from 1 file: 2 files written to ")
    assert imported(tmp_path, text.removesuffix("define host {\n")).code == 3


def test_on_a_terminal_it_shows_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[int, int]] = []
    monkeypatch.setattr(Console, "progress", lambda _console, done, total: shown.append((done, total)))
    assert imported(tmp_path, HOST + HOST.replace("web1", "web2")).code == 0
    assert shown == [(2, 0), (1, 0), (2, 0), (1, 2), (2, 2)]


@pytest.mark.parametrize(("at", "message"), [((2, 0), ""), ((2, 3), ": 2 of 3 files were written")])
def test_ctrl_c_leaves_whole_files(
    at: tuple[int, int], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_console: Console, done: int, total: int) -> None:
        if (done, total) == at:
            raise KeyboardInterrupt

    hosts = "".join(HOST.replace("web1", f"web{number}") for number in range(3))
    with monkeypatch.context() as patch:
        patch.setattr(Console, "progress", interrupted)
        ran = imported(tmp_path, hosts)
    assert (ran.code, ran.out, ran.err) == (130, "", f"Interrupted{message}\n")
    written = sorted(path.name for path in tmp_path.glob("site/*/*"))
    assert written == (["web0.yml", "web1.yml"] if message else [])
    assert f" {len(written)} unchanged" in imported(tmp_path, hosts).out


def test_json_and_columns(tmp_path: Path) -> None:
    ran = imported(tmp_path, HOST + "define poller {\npoller_name p\n}\n", "-o", "json")
    assert ran.code == 3
    assert json.loads(ran.out) == {
        "problems": [
            {
                "kind": "lost", "file": str(tmp_path / "x.cfg"), "line": 5, "type": "poller", "name": "p",
                "reason": "daemons and their modules are configured in Alignak itself",
            }
        ],
        "items": {"host": 1},
        "files": 1,
        "written": ["host/web1.yml"],
        "unchanged": 0,
        "left": [],
        "removed": [],
    }  # fmt: skip
    ran = imported(tmp_path, "define poller {\n}\n" + HOST, "-o", "csv", "--columns", "line,kind")
    assert (ran.code, ran.out.splitlines()) == (3, ["line,kind", "1,lost"])


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    ran = imported(tmp_path, HOST, "-c")
    assert (ran.code, ran.out) == (0, "1 host from 1 file: nothing written\n")
    assert not (tmp_path / "site").exists()


def test_wrong_command_lines_and_folders(tmp_path: Path) -> None:
    (tmp_path / "x.cfg").write_text(HOST)
    file = str(tmp_path / "x.cfg")
    assert run("import").code == 64
    ran = run("import", file)
    assert (ran.code, "Missing option --to FOLDER" in ran.err) == (64, True)
    assert run("import", file, "--to", str(tmp_path / "site"), "-o", "jsn").code == 64
    ran = run("import", file, "--to", file)
    assert (ran.code, ran.out) == (2, "")
    ran = run("import", str(tmp_path / "none.cfg"), "--to", str(tmp_path / "site"))
    assert (ran.code, "none.cfg: it cannot be read: No such file or directory" in ran.err) == (2, True)
    assert not (tmp_path / "site").exists()


def test_files_of_removed_hosts_are_reported(tmp_path: Path) -> None:
    imported(tmp_path, HOST)
    ran = imported(tmp_path, HOST.replace("web1", "web2"))
    assert ran.code == 0
    assert "Files whose items are not in the configuration; delete what is obsolete: host/web1.yml\n" in ran.err


def test_items_removed_from_a_file_are_reported(tmp_path: Path) -> None:
    imported(tmp_path, HOST)
    file = tmp_path / "site" / "host" / "web1.yml"
    file.write_text(file.read_text() + "- name: by-hand\n")
    ran = imported(tmp_path, HOST)
    assert (ran.code, "by-hand" in file.read_text()) == (0, False)
    assert ran.err == "Removed from the files, since the configuration does not have them: host 'by-hand'\n"


@pytest.mark.parametrize("which", ["nagios/nagios.cfg", "shinken/shinken.cfg"])
def test_a_backend_that_gets_the_folder_exports_the_same(which: str, tmp_path: Path) -> None:
    """What the backend makes of the files is what they say: nothing was left to chance, or to another template."""
    url, site = f"embedded:{tmp_path / 'x.db'}", tmp_path / "site"
    assert run("import", str(CFG / which), "--to", str(site)).code == 3
    applied = run("-b", url, "apply", str(site), "--yes", variables={"OPS_PASSWORD": "secret-word"})
    assert applied.code == 0, applied.err
    again = run("-b", url, "diff", str(site), variables={"OPS_PASSWORD": "secret-word"})
    assert again.code == 0, again.text
    assert run("-b", url, "export", str(tmp_path / "again")).code == 0

    # No password leaves a backend, not even that there is one.
    expected = {name: text.replace('  password: "${env:OPS_PASSWORD}"\n', "") for name, text in contents(site).items()}
    assert contents(tmp_path / "again") == expected


def test_the_administrator_keeps_its_rights_with_any_template(tmp_path: Path) -> None:
    url, contact = f"embedded:{tmp_path / 'x.db'}", "define contact {\ncontact_name admin\nuse t\npager 1\n}\n"
    imported(tmp_path, contact + "define contact {\nname t\nregister 0\nemail a@b\n}\n")
    assert run("-b", url, "apply", str(tmp_path / "site"), "--yes").code == 0
    checked = run("-b", url, "check", "--repair", "--yes")
    assert (checked.code, checked.err[:11]) == (0, "No problems"), checked
    assert run("-b", url, "diff", str(tmp_path / "site")).code == 0


def test_names_of_files_and_hosts_do_no_harm_on_a_terminal(tmp_path: Path) -> None:
    file = tmp_path / "\x1b[31m\udcff.cfg"
    file.write_text("define host {\nhost_name a\x1b]0;x\x07\nfoo\x1b[2J 1\n}\n", encoding="utf-8")
    ran = run("import", "-c", str(file))
    assert ran.code == 3
    assert "'foo\\x1b[2j': the backend has no equivalent" in ran.err
    assert "\x1b" not in ran.text
    assert json.loads(run("import", "-c", str(file), "-o", "json").out)["items"] == {"host": 1}


def test_many_dependencies_are_counted_in_english(tmp_path: Path) -> None:
    hosts = "".join(f"define host {{\nhost_name h{n}\n}}\n" for n in range(3))
    depend = "define hostdependency {\nhost_name h0\ndependent_host_name h1\n}\n"
    depend += "define hostdependency {\nhost_name h1\ndependent_host_name h2\n}\n"
    assert imported(tmp_path, hosts + depend).out.startswith("3 hosts, 2 host dependencies from 1 file")
