"""Tables: as wide as the values, not wider than the terminal, and nothing in them acts on it."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alignak_backend_client.output.layout import Column
from alignak_backend_client.output.table import CHUNK, Table
from alignak_backend_client.output.text import display_width, escape_unprintable, truncate

HOSTS = (Column("name"), Column("ls_state", "state", "state"), Column("checks", kind="number"), Column("output"))


def lines(rows: Sequence[dict[str, Any]], columns: Sequence[Column] = HOSTS, **given: Any) -> list[str]:
    return list(Table(columns, **given).lines(rows))


def test_columns_are_as_wide_as_their_values() -> None:
    rows = [
        {"name": "web-01", "ls_state": "UP", "checks": 7, "output": "PING ok"},
        {"name": "database-01", "ls_state": "UNREACHABLE", "checks": 1234, "output": None},
    ]
    assert lines(rows) == [
        "NAME         STATE        CHECKS  OUTPUT",
        "web-01       UP                7  PING ok",
        "database-01  UNREACHABLE    1234  -",
    ]
    assert lines(rows, headers=False) == [
        "web-01       UP              7  PING ok",
        "database-01  UNREACHABLE  1234  -",
    ]


def test_no_rows_no_table() -> None:
    assert lines([]) == []


def test_texts_share_what_room_there_is_and_states_stay_whole() -> None:
    row = {"name": "a-host-with-a-long-name", "ls_state": "UNREACHABLE", "checks": 7, "output": "a long, long output"}
    assert lines([row], limit=46) == [
        "NAME          STATE        CHECKS  OUTPUT",
        "a-host-with…  UNREACHABLE       7  a long, lo…",
    ]


def test_columns_that_do_not_fit_are_hidden_and_reported() -> None:
    row = {"name": "a-host-with-a-long-name", "ls_state": "UNREACHABLE", "checks": 7, "output": "a long, long output"}
    table = Table(HOSTS, limit=25)
    assert list(table.lines([row])) == ["NAME          STATE", "a-host-with…  UNREACHABLE"]
    assert table.hidden == ("checks", "output")


PROBLEMS = (
    Column("state", kind="state"), Column("duration", "since"), Column("name", key=True), Column("output")
)  # fmt: skip


@pytest.mark.parametrize(
    ("limit", "shown"),
    [
        (60, "UNREACHABLE  5h 15m  server-03.example.net/p…  100 % packet…"),
        (48, "UNREACHABLE  5h 15m  server-03.example.net/ping"),
        (45, "UNREACHABLE  5h 15m  server-03.example.net/p…"),
        (40, "UNREACHABLE  server-03.example.net/ping"),
        (30, "server-03.example.net/ping"),
        (12, "server-03.e…"),
    ],
)
def test_key_columns_are_hidden_last(limit: int, shown: str) -> None:
    row = {
        "state": "UNREACHABLE",
        "duration": "5h 15m",
        "name": "server-03.example.net/ping",
        "output": "100 % packet loss",
    }
    assert lines([row], PROBLEMS, limit=limit, headers=False) == [shown]


@pytest.mark.parametrize(("limit", "line"), [(1, "…"), (2, "a…"), (8, "a-host-…"), (60, "a-host-with-a-name")])
def test_a_column_is_always_left(limit: int, line: str) -> None:
    assert lines([{"name": "a-host-with-a-name"}], HOSTS[:1], limit=limit, headers=False) == [line]
    assert lines([{"name": "a-host-with-a-name"}], HOSTS, limit=limit, headers=False)[0].startswith(line)


@pytest.mark.parametrize(("length", "whole"), [(20, True), (21, False)])
def test_values_that_should_be_short_are_cut_when_they_are_not(length: int, whole: bool) -> None:
    row = {"name": "a-host-with-a-long-name", "ls_state": "S" * length}
    (line,) = lines([row], HOSTS[:2], limit=30, headers=False)
    assert line.endswith("S" * length) is whole
    assert line == ("a-host-…  " + "S" * 20 if whole else "a-host-with-a…  SSSSSSSSSSSSS…")


def test_a_long_value_in_a_file_moves_its_own_line_only() -> None:
    rows = [{"name": "n" * 10_000, "ls_state": "UP"}, {"name": "web", "ls_state": "UP"}]
    heading, long, short = lines(rows, HOSTS[:2])
    assert long == "n" * 10_000 + "  UP"
    assert short == "web" + " " * 57 + "  UP"
    assert heading.index("STATE") == short.index("UP")


def test_wide_characters_and_accents_keep_the_columns_straight() -> None:
    rows = [{"name": name, "ls_state": "UP"} for name in ("主机-01", "cafe\u0301", "x")]
    assert lines(rows, HOSTS[:2]) == ["NAME     STATE", "主机-01  UP", "cafe\u0301     UP", "x        UP"]
    assert lines(rows, HOSTS[:1], limit=6) == ["NAME", "主机-…", "cafe\u0301", "x"]


def test_columns_grow_with_later_rows() -> None:
    rows = [{"name": "a", "ls_state": "UP"}] * CHUNK + [{"name": "a-longer-name", "ls_state": "UP"}]
    texts = lines(rows, HOSTS[:2])
    assert len(texts) == 1 + CHUNK + 1
    assert texts[1] == "a     UP"
    assert texts[-1] == "a-longer-name  UP"


def test_nothing_acts_on_the_terminal() -> None:
    row = {"name": "\x1b[31mred\x07\r\n\u202eevil\u200b\x9b", "ls_state": "UP"}
    (line,) = lines([row], HOSTS[:1], headers=False)
    assert line == r"\x1b[31mred\x07\r\n\u202eevil\u200b\x9b"


def test_states_and_headings_are_coloured_where_colours_are_wanted() -> None:
    row = {"name": "UP", "ls_state": "DOWN", "checks": 1, "output": "x"}
    heading, line = lines([row], colours=True)
    assert heading.startswith("\x1b[1mNAME\x1b[0m")
    assert line == "UP    \x1b[31mDOWN\x1b[0m        1  x"
    assert "\x1b" not in "".join(lines([row]))


@pytest.mark.parametrize(
    ("state", "colour"),
    [("UP", 32), ("OK", 32), ("WARNING", 33), ("DOWN", 31), ("CRITICAL", 31), ("UNREACHABLE", 35), ("UNKNOWN", 35)],
)
def test_colours_of_states(state: str, colour: int) -> None:
    assert lines([{"ls_state": state}], HOSTS[1:2], colours=True)[1] == f"\x1b[{colour}m{state}\x1b[0m"
    assert lines([{"name": state, "ls_state": "other"}], HOSTS[:2], colours=True)[1].split() == [state, "other"]


def test_an_encoding_without_the_characters_gets_escapes() -> None:
    row = {"name": "café-with-a-long-name", "output": "x"}
    texts = lines([row], (HOSTS[0], HOSTS[3]), limit=20, encoding="ascii")
    assert all(line.isascii() and len(line) <= 20 for line in texts)
    assert texts[1] == r"caf\xe9-w...  x"


@given(
    st.lists(
        st.fixed_dictionaries({"name": st.text(), "ls_state": st.text(), "checks": st.integers(), "output": st.text()})
    ),
    st.integers(1, 120),
)
def test_no_line_is_wider_than_the_terminal(rows: list[dict[str, Any]], limit: int) -> None:
    for line in lines(rows, limit=limit):
        assert display_width(line) <= limit
        assert line.isprintable()


@given(st.text(), st.integers(1, 30))
def test_text_is_cut_to_cells(text: str, limit: int) -> None:
    shown = escape_unprintable(text)
    short = truncate(shown, limit)
    assert display_width(short) <= limit
    assert short == shown or short.endswith("…")
    if short != shown:
        assert shown.startswith(short[:-1])


@pytest.mark.parametrize(("limit", "short"), [(1, "…"), (2, "…"), (3, "主…"), (4, "主…"), (5, "主机…"), (6, "主机主")])
def test_a_wide_character_is_never_cut_in_half(limit: int, short: str) -> None:
    assert truncate("主机主", limit) == short
