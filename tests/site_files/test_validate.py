"""What is wrong with the files of a site: everything is reported, with its place, and what would be right."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from alignak_backend_client.cli import main
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.output.yaml_text import to_yaml
from alignak_backend_client.site.files import documents
from alignak_backend_client.site.files.schema import site_schema
from alignak_backend_client.site.validating import validate_folder

SITE = """\
realm:
- name: Paris
command:
- name: check_ping
  command_line: check_ping -H $HOSTADDRESS$
- name: check_disk
timeperiod:
- name: workhours
  dateranges:
  - monday: 09:00-17:00
user:
- name: ops
  password: ${env:OPS_PASSWORD}
  _rights:
  - realm: Paris
    crud: [read, update]
host:
- name: generic
  _is_template: true
  check_command: check_ping
  check_period: workhours
  _services:
  - name: ping
    _is_template: true
    check_command: check_ping
  - name: disk
    _is_template: true
    check_command: check_disk
- name: web1
  _realm: Paris
  _templates: [generic]
  _without_services: [disk]
  tags: [web]
  _unmerged: [tags]
  _services:
  - name: ping
    check_interval: 10
servicegroup:
- name: pings
  services: [web1/ping]
"""


def problems(tmp_path: Path, text: str | bytes, name: str = "a.yml", *, partial: bool = False) -> list[str]:
    """What is wrong with a folder that holds this file."""
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return [
        f"{row['file']}:{row['line']}: {row['type']} {row['name']}: {row['reason']}".replace(":  : ", ": ")
        for row in validate_folder(tmp_path, partial=partial).problems
    ]


def test_a_site_that_is_right_has_no_problems(tmp_path: Path) -> None:
    assert problems(tmp_path, SITE) == []
    assert validate_folder(tmp_path).counts == {
        "command": 2,
        "host": 2,
        "realm": 1,
        "service": 3,
        "servicegroup": 1,
        "timeperiod": 1,
        "user": 1,
    }


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("  check_period: work", "  check_perod: work", "host generic: check_perod: unknown field; did you"),
        ("_templates: [generic]", "_templates: [genric]", "host web1: _templates: the folder has no host 'genric'"),
        ("services: [web1/ping]", "services: [web1/disk]", "servicegroup pings: services: the folder has no service"),
        ("check_interval: 10", "check_interval: often", "service web1/ping: check_interval: must be of integer"),
        ("monday: 09", "mondy: 09", "timeperiod workhours: dateranges: 0: 'mondy' is not a day or date"),
        ("[read, update]", "[reed]", "user ops: _rights: crud: unallowed values ['reed']"),
        ("realm: Paris\n", "realm: Pari\n", "user ops: _rights: realm: the folder has no realm 'Pari'; did you mean"),
        ("${env:OPS_PASSWORD}", "x", "user ops: password: secrets do not belong in files; refer to them"),
        ("[disk]\n", "[disc]\n", "host web1: _without_services: no template gives it a service 'disc'; did you mean"),
        ("  tags: [web]", "  check_freshness: yes", "host web1: check_freshness: must be of boolean type: use true or"),
        ("[disk]\n", "[ping]\n", "host web1: _without_services: 'ping' is among its _services, too"),
        ("_unmerged: [tags]", "_unmerged: [alias]", "host web1: _unmerged: it must be a list of fields"),
        ("  tags: [web]", "  customs: {1: x}", "host web1: customs: the key 1 is not text: put it in quotes"),
        ("  tags: [web]", "  ls_state: UP", "host web1: ls_state: it does not belong in site files: the backend main"),
        ("  tags: [web]", "  imported_from: x", "host web1: imported_from: it does not belong in site files"),
        ("  tags: [web]", "  parents: [web1]", "host web1: parents: it is its own parent: web1 → web1"),
        ("- name: check_disk\n", "- name: check_ping\n", "command check_ping: duplicate: it is first defined in a"),
        ("- name: check_disk\n", "- alias: x\n", "command : it has no name"),
        ("- name: check_disk\n", "- name: 1e3\n", "command : name: must be of string type: put it in quotes"),
        ("servicegroup:", "servicegroups:", "unknown type 'servicegroups'; did you mean 'servicegroup'?"),
        ("servicegroup:", "history:", "history entries are not part of a site"),
        ("servicegroup:", "userrestrictrole:", "rights belong to their user, in the list _rights"),
        ("realm:\n- name: Paris", "realm: Paris", "realm: a list of items is needed, not 'Paris'"),
        ("- name: ping\n    check_in", "- host: x\n    name: p\n    check_in", "host: a service within a"),
        ("- name: generic\n  _is_template: true", "- name: generic", "host web1: _templates: host 'generic' is no"),
    ],
)  # fmt: skip
def test_errors_have_lines(tmp_path: Path, right: str, wrong: str, message: str) -> None:
    assert right in SITE
    text = SITE.replace(right, wrong, 1)
    line = next(
        n for n, (one, other) in enumerate(zip(SITE.splitlines(), text.splitlines(), strict=False), 1) if one != other
    )
    if wrong == "- name: generic":
        line = text[: text.index("_templates")].count("\n") + 1
    found = problems(tmp_path, text)
    assert any(one.startswith(f"a.yml:{line}: {message}") for one in found), found


def test_all_problems_are_reported_at_once(tmp_path: Path) -> None:
    (tmp_path / "b.json").write_text('{"host": [{"name": "j",\n "foo": 1}]}')
    found = problems(tmp_path, "host:\n- name: a\n  foo: 1\n  bar: 2\n---\nrealm:\n- nam: x\n")
    assert [one.split(":")[:2] for one in found] == [
        ["a.yml", "3"],
        ["a.yml", "4"],
        ["a.yml", "7"],
        ["a.yml", "7"],
        ["b.json", "2"],
    ]


def test_a_value_found_right_is_remembered_for_its_field_only(tmp_path: Path) -> None:
    """Values that were found right are remembered: only the same values are right, of the same field and type."""
    text = """\
host:
- {name: a, check_interval: 5, freshness_state: o, alias: '5', customs: {_A: '1'}, tags: [o], parents: [b]}
- {name: b, check_interval: o, freshness_state: '5', customs: {1: '1'}, parents: [c]}
- {name: c, check_interval: '5', active_checks_enabled: '5', customs: [_A], tags: o, parents: b}
hostdependency:
- {name: d, dependency_period: 24x7, hosts: [a], dependent_hosts: [b]}
- {name: e, dependency_period: 24x7, hosts: [a], dependent_hosts: [a]}
service:
- {name: s, host: a, notes: n}
- {name: s, host: b, notes: [n]}
- {name: s, notes: n}
"""
    found = problems(tmp_path, text)
    assert [(one.split(":")[1], *one.split(": ")[1:3]) for one in found] == [
        ("3", "host b", "customs"),
        ("3", "host b", "check_interval"),
        ("3", "host b", "freshness_state"),
        ("3", "host b", "parents"),
        ("4", "host c", "parents"),
        ("4", "host c", "active_checks_enabled"),
        ("4", "host c", "customs"),
        ("4", "host c", "tags"),
        ("7", "hostdependency e", "dependent_hosts"),
        ("10", "service b/s", "notes"),
        ("11", "service s", "name"),
    ]


@pytest.mark.parametrize("key", ["~", "0", "false", "1.5", "[a]", "{a: b}"])
def test_keys_must_be_text(tmp_path: Path, key: str) -> None:
    found = problems(tmp_path, f"host:\n- name: x\n  ? {key}\n  : 1\n- name: y\n  customs: {{? {key} : 1}}\n")
    assert len(found) in (1, 2), found
    assert all("is not text" in one or "is not a field" in one or "a key is a list" in one for one in found), found
    assert found[0].startswith("a.yml:3: ") or key in ("~", "1.5", "0", "false")


def test_links_out_of_the_folder_need_partial(tmp_path: Path) -> None:
    text = "host:\n- name: a\n  check_command: else\n  check_period: 24x7\n"
    assert problems(tmp_path, text) == [
        "a.yml:3: host a: check_command: the folder has no command 'else'; use --partial to allow links to other items"
    ]
    assert problems(tmp_path, text, partial=True) == []


def test_links_to_old_names_are_told_the_new_ones(tmp_path: Path) -> None:
    text = (
        "host:\n- name: www1\n  was: web1\n  _services: [{name: load}]\n- name: web2\n  parents: [web1]\n"
        "servicegroup:\n- name: loads\n  services: [web1/load]\n"
    )
    assert problems(tmp_path, text) == [
        "a.yml:6: host web2: parents: the folder has no host 'web1'; it is now 'www1'",
        "a.yml:9: servicegroup loads: services: the folder has no service 'web1/load'; it is now 'www1/load'",
    ]


def test_names_have_no_line_breaks(tmp_path: Path) -> None:
    """They become parts of external commands, where they would begin the next one."""
    text = 'host:\n- name: "a\\nb"\n  _services:\n  - {name: "c\\nd"}\n'
    message = [one.partition(": name: ") for one in problems(tmp_path, text)]
    assert [(one[0][:6], one[2]) for one in message] == [
        ("a.yml:", "line breaks and NUL characters are not allowed"),
        ("a.yml:", "line breaks and NUL characters are not allowed"),
    ]


_BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{two}: &{two} [{','.join(['*' + one] * 9)}]\n" for one, two in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"host:\n\t- name: x\n", "a.yml:2: a tab in the indentation: YAML needs spaces"),
        (b"host:\n- name: x\n  name: y\n", 'a.yml:3: the key "name" appears twice in one mapping'),
        (b'{"host": [\n{"%s": 1}]}' % (b"k" * 1100), "a.yml:2: a key is longer than 1,024 characters: YAML"),
        (b"host: [1, 2\nb: 3\n", "a.yml:2: invalid YAML: did not find expected ',' or ']'"),
        (_BOMB.encode(), "a.yml:7: its aliases (*name) expand to too much"),
        (b"host: &a [*a]\n", "a.yml:1: it is nested too deeply, or an alias (*name) contains itself"),
        (b"[" * 100_000, "a.yml:None: it is nested too deeply"),
        (b"host: 123456789012345678901234567890\n", "a.yml:1: it contains an integer of more than 64 bits"),
        (b"\x00\x01\x02", "a.yml:None: it is a binary file, not YAML"),
        (b"host:\n- name: \xff\n", "a.yml:2: it is not UTF-8 text: save it as UTF-8"),
        (b"host:\n- name: x\n  alias: \x01\n", "a.yml:3: invalid YAML: control characters are not allowed"),
        (b"a: 1\na: 2\nb: " + b"[" * 100_000, "a.yml:None: it is nested too deeply"),
        (b"a: &a " + b"x" * 1000 + b"\nb:\n" + b"- *a\n" * 40_000, "a.yml:33557: its aliases (*name) expand to"),
        (b"a: &a [" + b"1," * 999 + b"1]\nb:\n" + b"- *a\n" * 1100, "a.yml:1002: its aliases (*name) expand to"),
        (b"host: [" + b"[]," * 800_000 + b"]\n", "a.yml:None: it contains too many values: split it"),
        (b"host: [\n{name: a, parents: [a]}]\nb: &b [*b]\n", "a.yml:3: it is nested too deeply, or an alias"),
        ("host:\n- name: x\n".encode("utf-16"), "a.yml:None: it is a binary file, not YAML"),
        (b"\xef\xbb\xbfhost:\r\n- name: x\r\n  foo: 1\r\n", "a.yml:3: host x: foo: unknown field"),
        (b"---\nhost: []\n---\n---\nhost:\n- name: x\n  foo: 1\n", "a.yml:7: host x: foo: unknown field"),
        (b"host:\n- name: x\n  check_interval: " + b"1" * 10_000, "a.yml:3: host x: check_interval: must be of in"),
        (b"host:\n- name: x\n  check_interval: 1e999\n", "a.yml:3: host x: check_interval: must be of integer"),
        (b"host:\n- name: x\n  customs: {_A: .nan}\n", "a.yml:3: host x: customs: must be a finite number"),
        (b"host: []\nx: !!python/object/apply:os.system [ls]\n", "a.yml:2: the tag 'tag:yaml.org,2002:python/obj"),
        (b"host:\n- {name: x, alias: !mine y}\n", "a.yml:2: the tag '!mine' is not supported: remove it"),
        (b"- name: x\n", "a.yml:None: a mapping of types to lists of items is needed"),
        (b"host:\n- x\n", "a.yml:2: a mapping with the fields of a host is needed, not 'x'"),
        (b"x: &x {name: a}\nhost:\n- <<: *x\n", "a.yml:3: host : <<: merge keys are not part of YAML 1.2"),
    ],
)  # fmt: skip
def test_invalid_folders_are_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    found = problems(tmp_path, content)
    assert any(one.startswith(message) for one in found), found
    assert all("\n" not in one for one in found)


def test_only_regular_files_of_the_folder_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    (folder / "in").mkdir(parents=True)
    (tmp_path / "secret.yml").write_text("host:\n- name: x\n")
    (folder / "out.yml").symlink_to(tmp_path / "secret.yml")
    (folder / "up").symlink_to(tmp_path)
    (folder / "loop.yml").symlink_to("loop.yml")
    (folder / "inside.yml").symlink_to("in/real.yml")
    (folder / "in" / "real.yml").write_text("realm:\n- name: R\n")
    os.mkfifo(folder / "fifo.yml")
    os.truncate(os.open(folder / "huge.yml", os.O_CREAT | os.O_WRONLY), documents.MAX_SIZE + 1)
    (folder / ".git").mkdir()
    (folder / ".git" / "x.yml").write_text("nonsense: [")
    found = [f"{row['file']}: {row['reason']}" for row in validate_folder(folder).problems]
    assert [one.split(":")[0] for one in found] == [
        "fifo.yml",
        "huge.yml",
        "in/real.yml",
        "loop.yml",
        "out.yml",
        "up",
    ]
    assert "leads out of the folder" in found[4]
    assert "not a regular file" in found[0]
    assert "larger than 32 MiB" in found[1]


def _templates(number: int, above: Any) -> str:
    """Templates, each with those that it follows."""
    return "host:\n" + "".join(
        f"- {{name: {name}{n}, _is_template: true, _templates: [{', '.join(above(n)) if n + 1 < number else ''}]}}\n"
        for n in range(number)
        for name in "ab"
    )


def test_templates_of_templates_are_bounded(tmp_path: Path) -> None:
    """Two ways to each of 40 levels are a million millions to the last; and nobody has 3,000 levels."""
    diamonds = _templates(40, lambda n: [f"a{n + 1}", f"b{n + 1}"])
    host = "- {name: h, _templates: [a0, b0], _without_services: [s]}\nservice:\n"
    services = "".join(f"- {{name: s, host: {name}, _is_template: true}}\n" for name in ("a0", "a39"))
    assert problems(tmp_path, diamonds + host + services) == []
    found = problems(tmp_path, _templates(3000, lambda n: [f"a{n + 1}"]) + "- {name: h, _templates: [a0]}\n")
    assert len(found) == 1
    assert "_templates: the chain is longer than 64 levels" in found[0]


def test_very_many_wrong_names_get_no_suggestions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from alignak_backend_client.site import item_validation

    monkeypatch.setattr(item_validation, "_MAX_COMPARISONS", 1000)
    text = "host:\n" + "".join(f"- {{name: host{n}, fooo{n}: 1, parents: [hots{n}]}}\n" for n in range(500))
    found = problems(tmp_path, text)
    assert len(found) == 1000
    assert "did you mean 'host0'" in "".join(found[:4])
    assert "did you mean" not in "".join(found[500:])


def test_the_values_of_a_folder_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from alignak_backend_client.site.files import folder

    monkeypatch.setattr(folder, "_MAX_VALUES", 1000)
    for number in range(20):
        (tmp_path / f"{number}.yml").write_text("host:\n" + f"- name: h{number}\n" * 60)
    with pytest.raises(ItemError, match=r"128 MiB, or 1000 values: is it the folder of a site\?"):
        validate_folder(tmp_path)


def test_names_that_are_no_text_for_terminals_are_shown_escaped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / os.fsdecode(b"d\xfe\x1b[2J")).mkdir()
    (tmp_path / os.fsdecode(b"d\xfe\x1b[2J/a\n.yml")).write_text(f"host:\n- name: {'x' * 10_000}\n  foo: 1\n")
    (tmp_path / "b.yml").write_text('host:\n- name: "a\\e[31m"\n  "f\\e[2Joo": 1\n')
    assert main(["validate", str(tmp_path)]) == 2
    err = capsys.readouterr().err
    assert "d\\udcfe\\x1b[2J/a\\n.yml:3: host 'xxx" in err
    assert "host 'a\\x1b[31m': f\\x1b[2Joo: unknown field" in err
    assert all(len(line) < 400 for line in err.splitlines())
    assert "\x1b" not in err
    for name in ("json", "ndjson", "csv", "yaml", "table"):
        assert main(["validate", str(tmp_path), "-o", name]) == 2
        assert "d\\udcfe" in capsys.readouterr().out


def test_values_are_those_of_yaml_1_2() -> None:
    (found,) = documents.parse(b"a: no\nb: 1:30\nc: 012\nd: 1_000\ne: 2026-01-01\nf: ~\ng: 1e3\nh: yes\n")
    assert found == {
        "a": "no",
        "b": "1:30",
        "c": "012",
        "d": "1_000",
        "e": "2026-01-01",
        "f": None,
        "g": 1000.0,
        "h": "yes",
    }


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), _VALUES))
def test_our_yaml_is_read_back(value: dict[str, Any]) -> None:
    assert documents.parse(to_yaml(value).encode()) == [value]


@given(st.binary(max_size=200) | st.text("ab:-[]{}&*!|>\n \t\"'#%@`,?", max_size=60).map(str.encode))
def test_no_file_breaks_the_reader(content: bytes) -> None:
    with contextlib.suppress(documents.FileError):
        documents.parse(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [("", "name: a non-empty"), ("name: ''", "name: a non-empty"), ("name: a\nx: 1", "unknown setting 'x'")],
)
def test_the_settings_of_a_site_are_judged(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "site.yml").write_text(content or "name: 5")
    assert [message in row["reason"] for row in validate_folder(tmp_path).problems] == [True]


def test_a_folder_that_is_none_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ItemError, match="is not there: give the folder of a site"):
        validate_folder(tmp_path / "none")
    with pytest.raises(ItemError, match="There are no files of a site"):
        validate_folder(tmp_path)


def test_without_the_yaml_packages_the_error_names_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "ryaml", None)
    assert main(["validate", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"{documents.MISSING}\n"


def test_the_command_has_output_for_people_and_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.yml").write_text(SITE)
    assert main(["validate", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    counts = "3 services, 2 commands, 2 hosts, 1 realm, 1 service group, 1 time period, 1 user"
    assert out == f"Valid: {counts} in 1 file\n"
    assert err == ""
    (tmp_path / "b.yml").write_text("host:\n- name: b\x7f\n  foo: 1\n".replace("\x7f", "\N{RIGHT-TO-LEFT OVERRIDE}"))
    assert main(["validate", str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.splitlines()[-1]) == ("", "1 problem in 1 file")
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in err
    assert f"{tmp_path}/b.yml:3: host 'b\\u202e': foo: unknown field" in err
    assert main(["validate", str(tmp_path), "-o", "json"]) == 2
    whole = json.loads(capsys.readouterr().out)
    assert (whole["files"], whole["items"]["host"], whole["problems"][0]["line"]) == (2, 3, 3)
    assert main(["validate", str(tmp_path), "-o", "csv", "--columns", "file,line,reason"]) == 2
    assert capsys.readouterr().out == "file,line,reason\nb.yml,3,foo: unknown field\n"
    assert main(["validate"]) == 64


def test_the_schema_for_editors_takes_what_is_right_and_refuses_what_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    schema = site_schema()
    judge = jsonschema.Draft202012Validator(schema)
    judge.check_schema(schema)
    assert not list(judge.iter_errors(yaml.safe_load(SITE)))
    for right, wrong in (
        ("check_period", "check_perod"),
        ("crud", "cruud"),
        ("${env:OPS_PASSWORD}", "secret"),
        ("servicegroup", "servicegroups"),
        ("check_interval: 10", "check_interval: often"),
    ):
        assert list(judge.iter_errors(yaml.safe_load(SITE.replace(right, wrong))))
    assert main(["explain", "--schema"]) == 0
    assert json.loads(capsys.readouterr().out) == schema
