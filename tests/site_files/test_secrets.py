"""Secrets that files point to: what is sent, and why something cannot be."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from alignak_backend_client.model import resources_by_name
from alignak_backend_client.site.applying.secrets import resolve_secrets
from alignak_backend_client.site.files.folder import Item
from alignak_backend_client.site.files.places import Place
from alignak_backend_client.site.planning.comparing import Field
from alignak_backend_client.site.planning.plan import Change


def change(password: object, action: str = "update") -> Change:
    item = Item(resources_by_name()["user"], "ops", {"name": "ops", "password": password}, Place("a.yml", 0, ()))
    fields = (Field("notes", None, "${env:NOTES}"), Field("password", None, password))
    return Change(action, "user", "ops", "id", fields, item)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"hush", "hush"),
        (b"hush\n", "hush"),
        (b"hush\r\n", "hush"),
        (b" two\nlines\n\n", " two\nlines\n"),
        (b"x" * (64 << 10), "x" * (64 << 10)),
        (b"x" * ((64 << 10) + 1), "the file 'key' is too large for a secret"),
        (b"", "the file 'key' is empty"),
        (b"\n", "the file 'key' is empty"),
        (b"\xff", "the file 'key' cannot be read: it is not UTF-8 text"),
        (None, "the file 'key' cannot be read: No such file or directory"),
    ],
)
def test_a_file(tmp_path: Path, content: bytes | None, expected: str) -> None:
    if content is not None:
        (tmp_path / "key").write_bytes(content)
    found, problems = resolve_secrets(tmp_path, [change("${file:key}")])
    if expected.startswith("the file"):
        assert (found, [one.reason for one in problems]) == ({}, [f"password: {expected}"])
        assert problems[0].place.steps[-1] == "password"
    else:
        assert (found, problems) == ({("user", "ops", "password"): expected}, [])


def test_a_large_file_is_not_to_be_split(tmp_path: Path) -> None:
    with (tmp_path / "key").open("wb") as file:
        file.truncate(33 << 20)
    (problem,) = resolve_secrets(tmp_path, [change("${file:key}")])[1]
    assert problem.reason == "password: the file 'key' is too large for a secret"


def test_a_named_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "key")
    found, problems = resolve_secrets(tmp_path, [change("${file:key}")])
    assert (found, [one.reason for one in problems]) == (
        {},
        ["password: the file 'key' cannot be read: it is not a regular file"],
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("hush\n", "hush\n"),
        ("", "the environment variable OPS is empty"),
        (None, "the environment variable OPS is not set"),
    ],
)
def test_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str | None, expected: str) -> None:
    monkeypatch.delenv("OPS", raising=False)
    if value is not None:
        monkeypatch.setenv("OPS", value)
    found, problems = resolve_secrets(tmp_path, [change("${env:OPS}")])
    assert [*found.values(), *(one.reason.removeprefix("password: ") for one in problems)] == [expected]


def test_secrets_must_be_references_unless_nothing_is_sent(tmp_path: Path) -> None:
    (problem,) = resolve_secrets(tmp_path, [change("hush")])[1]
    assert problem.reason == "password: use a reference: ${env:NAME} or ${file:PATH}"
    # What is deleted, and what no file says, needs none.
    assert resolve_secrets(tmp_path, [change("hush", "delete"), change("hush")._replace(item=None)]) == ({}, [])
