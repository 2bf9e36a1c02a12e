"""Reading configuration files: includes, copied trees, encodings, and what is no configuration."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.site.cfg import sources
from alignak_backend_client.site.cfg.importing import import_files
from site_files.imported import Site, made


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"define host {\x00", "it is a binary file"),
        ("define host {\n}\n".encode("utf-16"), "it is UTF-16: save it as UTF-8"),
    ],
)
def test_files_that_cannot_be_read(content: bytes, reason: str, tmp_path: Path) -> None:
    (tmp_path / "x.cfg").write_bytes(content)
    (tmp_path / "good.cfg").write_text("define host {\nhost_name a\n}\n")
    site = Site(
        tmp_path / "site", tmp_path / "x.cfg", tmp_path / "good.cfg", tmp_path / "none.cfg", tmp_path / "x" / "y"
    )
    assert ("x.cfg", None, reason) in site.findings("error")
    assert ("none.cfg", None, "it cannot be read: No such file or directory") in site.findings("error")
    assert set(site["host"]) == {"a"}


def test_other_encodings_are_reported(tmp_path: Path) -> None:
    (tmp_path / "x.cfg").write_bytes(
        b"# c\ndefine host {\nhost_name a\nalias \xe9t\xe9\nnotes \xc3\xa9\ndisplay_name \x80 \x9c\n_C \x81\xe9\n}\n"
    )
    site = Site(tmp_path / "site", tmp_path / "x.cfg")
    assert (site["host"]["a"]["alias"], site["host"]["a"]["notes"]) == ("été", "é")
    assert (site["host"]["a"]["display_name"], site["host"]["a"]["customs"]) == ("€ œ", {"_C": "\x81é"})
    assert site.findings("changed") == [("x.cfg", 4, "it is not UTF-8: read as Windows-1252")]


def test_includes_and_links_are_followed_and_end(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    for name in ("outside", "further"):
        (tmp_path / "outside" / f"{name}.cfg").write_text(f"define host {{\nhost_name {name}\n}}\n")
    conf = tmp_path / "conf"
    (conf / "deep").mkdir(parents=True)
    (conf / "deep" / "loop").symlink_to(conf)
    (conf / "deep" / "folder").symlink_to(tmp_path / "outside")
    (conf / "deep" / "link.cfg").symlink_to(tmp_path / "outside" / "outside.cfg")
    (conf / "deep" / "own.cfg").write_text("define host {\nhost_name own\n}\n")
    os.mkfifo(conf / "pipe.cfg")
    (conf / "main.cfg").write_text(
        f"cfg_file=main.cfg\ncfg_dir=.\ncfg_file=../conf/other.cfg\ncfg_file=\ncfg_dir=no\ncfg_file=/{'x' * 5000}\n"
    )
    (conf / "other.cfg").write_text("cfg_file=main.cfg\ndefine host {\nhost_name other\n}\n")
    site = Site(tmp_path / "site", conf / "main.cfg")
    assert set(site["host"]) == {"own", "other", "outside", "further"}
    errors = {(file, line, reason.rpartition("/")[2].lstrip("x")) for file, line, reason in site.findings("error")}
    assert errors == {
        ("pipe.cfg", None, "it cannot be read: it is not a regular file"),
        ("main.cfg", 4, "cfg_file: the path is missing"),
        ("main.cfg", 5, "no': there is no such folder"),
        ("main.cfg", 6, "…: it cannot be read: File name too long"),
    }


def test_trees_that_are_too_large_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_MAX_FOLDERS", 3)
    (tmp_path / "a" / "b" / "c" / "d").mkdir(parents=True)
    (tmp_path / "x.cfg").write_text("cfg_dir=.\ndefine host {\nhost_name h\n}\n")
    assert Site(tmp_path / "site", tmp_path / "x.cfg").findings("error") == [
        ("x.cfg", 1, f"'{tmp_path}': more than 3 folders: is the path right?")
    ]


def test_a_copied_tree_is_read_where_it_is(tmp_path: Path) -> None:
    for folder, name in (("old/nagios3/conf.d", "a"), ("old/nagios-plugins/config", "b"), ("config", "c")):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "x.cfg").write_text(f"define host {{\nhost_name {name}\n}}\n")
    main = tmp_path / "old" / "nagios3" / "nagios.cfg"
    main.write_text("cfg_dir=/no/nagios3/conf.d\ncfg_dir=/no/nagios-plugins/config\ncfg_dir=/config\n")
    site = Site(tmp_path / "site", main)
    assert set(site["host"]) == {"a", "b"}
    assert [line for _, line, _ in site.findings("changed")] == [1, 2]
    assert site.findings("error") == [("nagios.cfg", 3, "'/config': there is no such folder")]


def test_the_main_file_of_alignak(tmp_path: Path) -> None:
    (tmp_path / "x.cfg").write_text("define host {\nhost_name a\ncheck_interval 120\n}\n")
    ini = tmp_path / "alignak.ini"
    ini.write_text(
        "[DEFAULT]\netc=%(root)s\n[alignak-configuration]\ncfg=%(etc)s/x.cfg\ncfg2=no.cfg\ninterval_length=30\n"
        f"root={tmp_path}\n[module.x]\npassword=hush\n"
    )
    site = Site(tmp_path / "site", ini)
    assert site["host"]["a"]["check_interval"] == 60
    assert [(file, line) for file, line, _ in site.findings("error")] == [("alignak.ini", 5)]
    ini.write_text("[DEFAULT]\na=1\n")
    with pytest.raises(KeyError):
        Site(tmp_path / "none", ini)["host"]


def test_too_many_services_are_refused(tmp_path: Path) -> None:
    hosts = "".join(f"define host {{\nhost_name h{n}\n}}\n" for n in range(500))
    services = "".join(f"define service {{\nhost_name *\nservice_description s{n}\n}}\n" for n in range(401))
    (tmp_path / "x.cfg").write_text(hosts + services)
    with pytest.raises(ItemError, match="more than 200000 services"):
        import_files([tmp_path / "x.cfg"], tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_folders_of_others_and_empty_configurations_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.cfg").write_text("define host {\nhost_name a\n}\n")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "mine.yml").write_text("host: []\n")
    with pytest.raises(ItemError, match="was not written by export or import"):
        import_files([tmp_path / "x.cfg"], tmp_path / "site")
    (tmp_path / "x.cfg").write_text("# nothing\n")
    with pytest.raises(ItemError, match="the files define no objects"):
        import_files([tmp_path / "x.cfg"], tmp_path / "other")


@pytest.mark.parametrize(
    "text",
    [
        "define host {\nhost_name " + "x" * 300_000 + "\n}\n",
        "define host {\nhost_name a\nparents " + ",".join(f"h{n}" for n in range(100_000)) + "\n}\n",
        "define host {\nhost_name a\nnotes " + "\\\n" * 300_000 + "\n}\n",
        "".join(f"define hostgroup {{\nhostgroup_name g{n}\nhostgroup_members g{n + 1}\n}}\n" for n in range(3000)),
        "define host {\nhost_name a\n_X " + "9" * 6000 + "\ncheck_interval " + "9" * 6000 + "\n}\n",
        "define service {\nhost_name " + "(" * 100_000 + "\nservice_description s\n}\ndefine host {\nhost_name a\n}\n",
        "define host {\nhost_name a\n_D " + "$(" * 100_000 + "\n}\ndefine service {\nhost_name a\n"
        "service_description s$KEY$\nduplicate_foreach _D\n}\n",
        "define timeperiod {\ntimeperiod_name t\n" + "monday " * 20_000 + "00:00-24:00\n}\n",
        "define host {\nhost_name a\x1b[31m\u202e\n_\ud800 x\n}\n".encode("utf-8", "replace").decode(),
    ],
    ids=["line", "list", "continued", "groups", "number", "expression", "elements", "days", "control"],
)
def test_large_and_odd_input_ends(text: str, tmp_path: Path) -> None:
    made(tmp_path, text)
