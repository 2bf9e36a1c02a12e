"""Files that people laid out keep their comments and order where their content stays."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.output.yaml_text import to_yaml
from alignak_backend_client.site.files import documents
from alignak_backend_client.site.files.writing import write_files

LAID_OUT = """\
# The web servers of Paris.
# Ask Ann before you change them.

host:
# the first one
- name: web1  # rack 4
  address: 192.0.2.1   # by DHCP
  # They are many.
  tags: [b, a]  # in any order

  customs:
    _OS: linux   # since 2020
    # until the move
    _RACK: "4"
  _services:
  # every five minutes
  - name: ping
    check_interval: 5

  # slow
  - name: disk
    notes: |
      # no comment
      two lines
    check_interval: 60
    tags:
    - x
# the second one
- name: web2
  # nobody knows why
  alias: Two
# The end.
"""


def written(tmp_path: Path, text: str, content: dict[str, Any], file: str = "host/web.yml") -> str:
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    write_files(tmp_path, {file: content})
    found = path.read_text()
    write_files(tmp_path, {file: content})
    assert path.read_text() == found
    return found


def content() -> dict[str, Any]:
    (found,) = documents.parse(LAID_OUT.encode())
    assert isinstance(found, dict)
    return found


def changed(tmp_path: Path, change: Any) -> list[tuple[str, str]]:
    """Which lines a change takes away and adds."""
    new = content()
    change(new["host"])
    before, after = LAID_OUT.splitlines(), written(tmp_path, LAID_OUT, new).splitlines()
    gone = [("-", line) for line in before if before.count(line) > after.count(line)]
    return gone + [("+", line) for line in after if after.count(line) > before.count(line)]


def test_entries_in_another_order_are_unchanged(tmp_path: Path) -> None:
    new = content()
    new["host"].reverse()
    new["host"][1]["tags"].sort()
    new["host"][1]["_services"].reverse()
    assert written(tmp_path, LAID_OUT, new) == LAID_OUT


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        (
            lambda hosts: hosts[0].update(address="192.0.2.9"),
            [("-", "  address: 192.0.2.1   # by DHCP"), ("+", '  address: "192.0.2.9"   # by DHCP')],
        ),
        (
            lambda hosts: hosts[0].update(tags=["a", "c, d"]),
            [("-", "  tags: [b, a]  # in any order"), ("+", '  tags: [a, "c, d"]  # in any order')],
        ),
        (
            lambda hosts: hosts[0]["customs"].update(_OS="bsd", _NEW="1"),
            [("-", "    _OS: linux   # since 2020"), ("+", "    _OS: bsd   # since 2020"), ("+", '    _NEW: "1"')],
        ),
        (
            lambda hosts: hosts[0]["_services"][1].update(notes="short"),
            [
                ("-", "    notes: |"),
                ("-", "      # no comment"),
                ("-", "      two lines"),
                ("+", "    notes: short"),
            ],
        ),
        (lambda hosts: hosts[0]["_services"].append({"name": "new"}), [("+", "  - name: new")]),
        (
            lambda hosts: hosts[0]["_services"].pop(0),
            [("-", "  # every five minutes"), ("-", "  - name: ping"), ("-", "    check_interval: 5"), ("-", "")],
        ),
        (
            lambda hosts: hosts.pop(1),
            [
                ("-", "# the second one"),
                ("-", "- name: web2"),
                ("-", "  # nobody knows why"),
                ("-", "  alias: Two"),
                ("-", "# The end."),
            ],
        ),
        (
            lambda hosts: hosts.insert(1, {"name": "web15", "tags": ["x"]}),
            [("+", "- name: web15"), ("+", "  tags:"), ("+", "  - x")],
        ),
        (
            lambda hosts: hosts[1].pop("alias"),
            [("-", "  # nobody knows why"), ("-", "  alias: Two"), ("-", "# The end.")],
        ),
    ],
)
def test_a_change_changes_no_other_lines(tmp_path: Path, change: Any, lines: list[tuple[str, str]]) -> None:
    # An empty list of services is no list of items with names; and of what repeats, one line is like another.
    found = changed(tmp_path, change)
    assert [one for one in found if one[1].strip() not in ("", "- x")] == [
        one for one in lines if one[1].strip() not in ("", "- x")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "host: [{name: web1, alias: x}]  # flow\n",
        "host: &all\n- &one {name: web1}\n- <<: *one\n",
        "host:\n- name: web2 # odd\n  alias: &a x\n- name: web1\n  alias: *a\n",
        "host:\n- name: web2 # odd\n  tags: &a\n  - b\n- name: web1\n  alias: x\n  tags: *a\n",
        "host:\n- name: web2 # odd\n  customs: &a\n    _A: 1\n- name: web1\n  tags: *a\n  customs: *a\n",
        "# only this\n",
        "a: 1\n---\nb: 2\n",
        "host:\n- ? name\n  : web1 # odd\n  alias: x\n",
        "host:\n-\n  name: web1 # odd\n  alias: x\n",
        "host:\r\n- name: web1 # odd\r\n  alias: x\r\n",
        "host:\n  - alias: x # odd\n    name: web1\n",
        "host:\n  name: web1 # no list\n  alias: x\n",
        "host:\n- {name: web1} # twice\n- name: web1\n",
    ],
)
def test_files_with_another_layout_have_the_new_content(tmp_path: Path, text: str) -> None:
    new = {"host": [{"name": "web1", "alias": "y", "tags": ["a"]}, {"name": "web2"}]}
    assert documents.parse(written(tmp_path, text, new).encode()) == [new]


def test_line_ends_of_windows_stay(tmp_path: Path) -> None:
    path, new = tmp_path / "host.yml", content()
    path.write_bytes(LAID_OUT.replace("\n", "\r\n").encode())
    write_files(tmp_path, {"host.yml": new})
    assert path.read_bytes() == LAID_OUT.replace("\n", "\r\n").encode()
    new["host"][1]["alias"] = "three"
    write_files(tmp_path, {"host.yml": new})
    assert path.read_bytes() == LAID_OUT.replace("Two", "three").replace("\n", "\r\n").encode()


CONFLICT = "host:\n- name: web1\n<<<<<<< ours\n  alias: a\n=======\n  alias: b\n>>>>>>> theirs\n"


@pytest.mark.parametrize(
    ("name", "make", "reason"),
    [
        (
            "host.yml",
            lambda path: path.write_text(CONFLICT),
            "{path}:3: an unresolved merge conflict; correct the file",
        ),
        ("host.yml", lambda path: path.write_bytes(b"\0\1"), "{path}: it is a binary file, not YAML; correct the file"),
        ("host.yml", os.mkfifo, "Cannot read '{path}': it is not a regular file"),
        ("host.yml", lambda path: path.symlink_to(path), "Cannot read '{path}': "),
        ("host", lambda path: path.symlink_to(path.parents[1] / "out"), "'{path}': symbolic links to folders are not "),
    ],
)
def test_unparsable_files_are_not_replaced(tmp_path: Path, name: str, make: Any, reason: str) -> None:
    (tmp_path / "out").mkdir()
    folder = tmp_path / "site"
    folder.mkdir()
    make(folder / name)
    with pytest.raises(ItemError) as caught:
        write_files(
            folder, {"command.yml": {"command": [{"name": "c"}]}, "host.yml": content(), "host/h.yml": content()}
        )
    assert str(caught.value).startswith(reason.format(path=folder / name))
    assert [*folder.iterdir(), *(tmp_path / "out").iterdir()] == [folder / name]


_SCALARS = st.sampled_from(["a", "b # c", "- x", "", "x: y", "5", 5, True, "two\nlines"])
_FIELDS = st.dictionaries(
    st.sampled_from(["alias", "notes", "tags", "customs", "address"]),
    _SCALARS | st.lists(_SCALARS, max_size=2) | st.dictionaries(st.sampled_from(["_A", "_B"]), _SCALARS, max_size=2),
)


def _items(names: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.dictionaries(st.sampled_from(list(names)), _FIELDS, max_size=3).map(
        lambda found: [{"name": name, **fields} for name, fields in sorted(found.items())]
    )


_HOSTS = st.tuples(_items("hij"), st.lists(_items("stu"), min_size=3, max_size=3)).map(
    lambda both: [
        {**host, "_services": services} if services else host for host, services in zip(both[0], both[1], strict=False)
    ]
)


@given(_HOSTS, _HOSTS, st.lists(st.integers(0, 60), max_size=8), st.booleans())
def test_the_result_has_the_new_content(
    tmp_path_factory: pytest.TempPathFactory,
    before: list[dict[str, Any]],
    after: list[dict[str, Any]],
    comments: list[int],
    flow: bool,
) -> None:
    folder = tmp_path_factory.mktemp("site")
    lines = to_yaml({"host": before}).splitlines()
    for number, place in enumerate(comments):
        if place < len(lines):
            lines.insert(place, f"{'  ' * (number % 4)}# {number}")
    text = "\n".join([*lines, "# end"]) + "\n"
    if flow:
        flowing = text.replace(":\n  - a\n", ": [a]\n")
        with contextlib.suppress(documents.FileError):  # of longer lists
            documents.parse(flowing.encode())
            text = flowing
    found = documents.parse(written(folder, text, {"host": after}).encode())
    for one in (found[0]["host"] if after else []), after:
        for item in one:
            item["tags"] = sorted(item["tags"], key=str) if isinstance(item.get("tags"), list) else item.get("tags")
    assert sorted(found[0]["host"] or [], key=lambda item: item["name"]) == after


_NAMES = [("host", "h0"), ("host", "h1"), ("host", "h2"), ("command", "c0"), ("command", "c1"), ("service", "h0/s")]
_PLACES = st.sampled_from(
    [None, None, "command.yml", "host/h0.yml", "host/h1.yml", "host/in/h2.yml", "a.yaml", "b.json"]
)


def _file_item(kind: str, name: str, notes: str) -> dict[str, Any]:
    host, _, own = name.rpartition("/")
    return {"name": own, **({"host": host} if kind == "service" else {}), "notes": notes}


def _items_by_file(folder: Path) -> list[tuple[tuple[str, str], str, str]]:
    """Type and name, file and notes of all items of a folder."""
    found = []
    for path in (path for path in folder.rglob("*.*") if path.is_file()):
        file = str(path.relative_to(folder))
        for content in documents.parse(path.read_bytes()):
            for kind, items in content.items():
                for item in items:
                    name = f"{item['host']}/{item['name']}" if kind == "service" else item["name"]
                    found.append(((kind, name), file, item["notes"]))
                    found += [
                        (("service", f"{name}/{one['name']}"), file, one["notes"]) for one in item.get("_services", ())
                    ]
    return sorted(found)


@given(st.lists(_PLACES, min_size=6, max_size=6), st.lists(st.sampled_from(["old", "new"]), min_size=6, max_size=6))
def test_each_item_is_written_once_where_it_was(
    tmp_path_factory: pytest.TempPathFactory, places: list[str | None], notes: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("site")
    there: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for (kind, name), place in zip(_NAMES, places, strict=True):
        if place is not None:
            there.setdefault(place, {}).setdefault(kind, []).append(_file_item(kind, name, "old"))
    for file, content in there.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(to_yaml(content))
    was, wanted = dict(zip(_NAMES, places, strict=True)), dict(zip(_NAMES, notes, strict=True))
    files: dict[str, Any] = {
        "command.yml": {"command": [_file_item("command", name, wanted["command", name]) for name in ("c0", "c1")]},
        **{
            f"host/{name}.yml": {"host": [_file_item("host", name, wanted["host", name])]}
            for name in ("h0", "h1", "h2")
        },
    }
    files["host/h0.yml"]["host"][0]["_services"] = [{"name": "s", "notes": wanted["service", "h0/s"]}]
    for _ in range(2):
        ended = write_files(folder, files)
        assert (ended.left, ended.removed) == ([], [])
        found = _items_by_file(folder)
        assert {key: notes for key, _, notes in found} == wanted
        assert len(found) == len(wanted)
        assert all(was[key] in (None, file) for key, file, _ in found)
    assert ended.files == []


def test_of_two_files_with_an_item_the_usual_one_is_written(tmp_path: Path) -> None:
    (tmp_path / "host").mkdir()
    for file in ("a.yml", "host/h.yml"):
        (tmp_path / file).write_text("host:\n- name: h\n")
    ended = write_files(tmp_path, {"host/h.yml": {"host": [{"name": "h", "notes": "new"}]}})
    assert (ended.files, ended.left) == (["host/h.yml"], ["a.yml"])
