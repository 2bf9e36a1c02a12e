"""Rows in each format, to files, pipes and terminals."""

import contextlib
import csv
import io
import json
import os
import pty
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from alignak_backend_client.output.layout import FORMATS, Column, Format, Layout, UnknownColumnError
from alignak_backend_client.output.writing import WriteSummary, row_name, write, write_item

COLUMNS = (Column("name"), Column("host.address", "address"), Column("tags", wide=True), Column("up", kind="boolean"))
ROWS: list[dict[str, Any]] = [
    {"name": "cpu", "host": {"address": "::1"}, "tags": ["a", "b"], "up": True, "é": None},
    {"name": 'a "b",\nc', "host": {}, "tags": [], "up": False},
]


def written(layout: Layout, path: Path, rows: list[dict[str, Any]] = ROWS, encoding: str = "utf-8") -> str:
    with path.open("w", encoding=encoding) as file:
        assert write(rows, COLUMNS, layout, file).rows == len(rows)
    return path.read_text()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "output"


def test_json_yaml_and_ndjson_hold_the_rows_whole(path: Path) -> None:
    assert json.loads(written(Layout("json"), path)) == ROWS
    assert yaml.safe_load(written(Layout("yaml"), path)) == ROWS
    text = written(Layout("ndjson"), path)
    assert [json.loads(line) for line in text.splitlines()] == ROWS
    assert text.startswith('{"name": "cpu", ')


def test_or_the_columns_that_are_asked_for(path: Path) -> None:
    picked = [{"up": True, "host.address": "::1"}, {"up": False, "host.address": None}]
    columns = ("up", "host.address", "up")
    assert json.loads(written(Layout("json", columns), path)) == picked
    assert yaml.safe_load(written(Layout("yaml", columns), path)) == picked
    assert list(json.loads(written(Layout("json", columns), path))[0]) == ["up", "host.address"]
    assert [json.loads(line) for line in written(Layout("ndjson", columns), path).splitlines()] == picked


def test_csv_is_read_back(path: Path) -> None:
    text = written(Layout("csv"), path)
    assert text.startswith('name,host.address,tags,up\ncpu,::1,"[""a"", ""b""]",true\n')
    assert next(csv.DictReader(io.StringIO(text)))["tags"] == '["a", "b"]'
    assert list(csv.reader(io.StringIO(text)))[2] == ['a "b",\nc', "", "[]", "false"]
    assert written(Layout("csv", ("name",), headers=False), path, ROWS[:1]) == "cpu\n"


def test_tables(path: Path) -> None:
    assert written(
        Layout("table"), path
    ) == 'NAME         ADDRESS  UP\ncpu          ::1      yes\na "b",\\nc    -        no\n'.replace(
        "cpu          ", "cpu        "
    ).replace("NAME         ", "NAME       ").replace("c    -", "c  -")
    assert written(Layout("wide"), path, ROWS[:1]) == "NAME  ADDRESS  TAGS  UP\ncpu   ::1      a,b   yes\n"
    assert written(Layout("table", ("up",), headers=False), path) == "yes\nno\n"


def test_names(path: Path) -> None:
    rows: list[dict[str, Any]] = [{"name": "cpu", "host": "web"}, {"name": "web"}, {"_id": "5"}, {"name": "a\nb"}]
    assert written(Layout("name"), path, rows) == "web/cpu\nweb\n5\na\\nb\n"
    assert row_name({"name": "cpu", "host": {"name": "web"}}) == "cpu"


def test_nothing_at_all(path: Path) -> None:
    shown = {name: written(Layout(name), path, []) for name in FORMATS}
    assert shown == {
        "table": "",
        "wide": "",
        "json": "[]\n",
        "yaml": "[]\n",
        "csv": "name,host.address,tags,up\n",
        "ndjson": "",
        "name": "",
    }


def test_one_item_is_no_list() -> None:
    def one(layout: Layout) -> str:
        stream = io.StringIO()
        write_item(ROWS[0], COLUMNS, layout, stream)
        return stream.getvalue()

    assert json.loads(one(Layout("json"))) == ROWS[0]
    assert yaml.safe_load(one(Layout("yaml", ("name",)))) == {"name": "cpu"}
    assert one(Layout("ndjson", ("name",))) == '{"name": "cpu"}\n'
    assert one(Layout("name")) == "cpu\n"
    assert one(Layout("table", ("name",))) == "NAME\ncpu\n"


@pytest.mark.parametrize("name", FORMATS)
def test_an_unknown_column_is_reported_before_writing(name: Format) -> None:
    stream = io.StringIO()
    for call in (write, write_item):
        with pytest.raises(UnknownColumnError, match=r"Unknown column 'nmae': did you mean 'name'\?"):
            call(ROWS, COLUMNS, Layout(name, ("nmae",)), stream)  # type: ignore[arg-type]  # no row is looked at
    with pytest.raises(UnknownColumnError, match=r"the columns are: name, host\.address, tags, up"):
        write([], COLUMNS, Layout(name, ("zzz",)), stream)
    assert not stream.getvalue()


@pytest.mark.parametrize("name", ["json", "yaml", "csv", "ndjson"])
def test_programs_get_utf_8_in_any_locale(name: Format, path: Path) -> None:
    assert "主" in written(Layout(name), path, [{"name": "主"}], encoding="ascii")


def test_people_get_what_the_locale_has(path: Path) -> None:
    assert written(Layout("table", ("name",)), path, [{"name": "é"}], encoding="ascii") == "NAME\n\\xe9\n"
    assert written(Layout("name"), path, [{"name": "é"}], encoding="ascii") == "\\xe9\n"


@pytest.mark.parametrize("name", ["json", "csv", "ndjson", "yaml", "name"])
def test_rows_are_written_as_they_come(name: Format, path: Path) -> None:
    made = seen = 0
    with path.open("w") as file:

        def rows() -> Iterator[dict[str, Any]]:
            nonlocal made, seen
            for made in range(5000):
                yield {"name": "n" * 100}
                file.flush()
                seen = max(seen, made - path.stat().st_size // 100)

        write(rows(), COLUMNS, Layout(name), file)
    assert made == 4999
    assert seen < 300


def on_terminal(
    layout: Layout, rows: list[dict[str, Any]], columns: tuple[Column, ...] = COLUMNS
) -> tuple[str, WriteSummary]:
    """Return what a terminal gets."""
    main, child = pty.openpty()
    parts: list[bytes] = []

    def read() -> None:
        with contextlib.suppress(OSError):  # as Linux says that the other side was closed
            while part := os.read(main, 4096):
                parts.append(part)

    reader = threading.Thread(target=read)
    reader.start()
    with os.fdopen(child, "w", encoding="utf-8") as stream:
        done = write(rows, columns, layout, stream)
    reader.join()
    os.close(main)
    return b"".join(parts).decode().replace("\r\n", "\n"), done


EVIL = "\x1b]0;t\x07\x9b\u202e\nx"


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_acts_on_a_terminal(name: Format, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    text, _ = on_terminal(Layout(name), [{"name": EVIL, "tags": [EVIL], "host": {EVIL: EVIL}}])
    assert text.replace("\n", "").isprintable()
    if name == "json":
        assert json.loads(text)[0]["name"] == EVIL
    if name == "ndjson":
        assert json.loads(text)["host"] == {EVIL: EVIL}
    if name == "yaml":
        assert yaml.safe_load(text)[0]["tags"] == [EVIL]


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "xterm", "NO_COLOR": ""}, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
        ({}, False),
    ],
)
def test_colours(environment: dict[str, str], coloured: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TERM", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    text, _ = on_terminal(Layout(), [{"state": "DOWN"}], (Column("state", kind="state"),))
    assert ("\x1b[31mDOWN" in text) is coloured


def test_a_table_is_cut_to_the_terminal_and_a_wide_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "40")
    rows = [{"name": "n" * 100, "host": {"address": "a" * 100}, "up": True}]
    text, done = on_terminal(Layout(), rows)
    assert text.splitlines()[1] == "n" * 15 + "…  " + "a" * 16 + "…  yes"
    assert done.hidden == ()
    monkeypatch.setenv("COLUMNS", "12")
    text, done = on_terminal(Layout(), rows)
    assert text.splitlines()[1] == "n" * 11 + "…"
    assert done.hidden == ("host.address", "up")
    text, done = on_terminal(Layout("wide"), rows)
    assert "n" * 100 + "  " + "a" * 100 in text
    assert done.hidden == ()


@pytest.mark.parametrize("given", ["0", "-1", "x", "", "²"])
def test_odd_widths_are_not_believed(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", given)
    text, _done = on_terminal(Layout(), [{"name": "n" * 1000}], COLUMNS[:1])
    assert len(text.splitlines()[1]) == 80
