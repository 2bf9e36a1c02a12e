"""The options of output on click: those of new commands are those of ``get`` and ``list``."""

from __future__ import annotations

import json

import pytest

from alignak_backend_client.cli.command import command
from alignak_backend_client.cli.options.output import limit_option, output_options, where_option
from alignak_backend_client.cli.terminal.console import Console
from alignak_backend_client.items.query.where import parse_where
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.output.layout import Column, Layout
from alignak_backend_client.output.writing import write

ROWS = [{"name": "web", "state": "UP"}, {"name": "db", "state": "DOWN"}]
COLUMNS = (Column("name"), Column("state", kind="state"))


@command()
@output_options
@where_option
@limit_option
def shown(console: Console, layout: Layout, where: tuple[str, ...], limit: int | None) -> int:
    """Show rows."""
    parse_where(resources_by_name()["host"], where)
    console.step(f"{layout} {where} {limit}")
    console.results(lambda stream: write(ROWS[: limit or None], COLUMNS, layout, stream))
    return 0


def test_a_command_shows_rows(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown.run("shown", [], Console()) == 0
    assert capsys.readouterr().out == "NAME  STATE\nweb   UP\ndb    DOWN\n"
    words = [
        "-o=json",
        "--columns",
        " state ,name",
        "--limit",
        "1",
        "--where",
        "name=x",
        "--where=name~y",
    ]
    assert shown.run("shown", words, Console()) == 0
    assert json.loads(capsys.readouterr().out) == [{"state": "UP", "name": "web"}]
    assert shown.run("shown", ["-ocsv", "--no-headers", "--limit=0"], Console()) == 0
    assert capsys.readouterr().out == "web,UP\ndb,DOWN\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-o", "tabel"], "Unknown output format 'tabel': did you mean 'table'?"),
        (["--columns", "nmae"], "Unknown column 'nmae': did you mean 'name'?"),
        (["--columns", ", "], "--columns is empty"),
        (["--columns", "name", "-o", "name"], "The option --columns cannot be combined with -o name"),
        (["--where", "nmae=x"], "Hosts have no field 'nmae': did you mean 'name'?"),
        (["--limit", "-1"], "'-1' is not a number from 0 to 999999999"),
        (["--outptu", "json"], "Unknown option --outptu: did you mean --output?"),
    ],
)
def test_invalid_options_are_reported(words: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown.run("shown", words, Console()) == 64
    shows = capsys.readouterr()
    assert shows.out == ""
    assert message in shows.err
    assert shows.err.endswith("Run 'alignak-backend-cli shown -h' for help.\n")


def test_the_help_text_has_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown.run("shown", ["-h"], Console()) == 0
    text = capsys.readouterr().out
    assert "table, wide, json, yaml, csv, ndjson or name" in " ".join(text.split())
    for name in (
        "-o, --output FORMAT",
        "--columns NAMES",
        "--no-headers",
        "--where FILTER",
        "--limit",
    ):
        assert name in text
