"""Data files and command lines as odd as they can be, on a backend. `FUZZ_EXAMPLES=2000` makes the run long."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alignak_backend_client.cli.grammar import FLAGS, VALUES
from alignak_backend_client.model import public_resources
from cli.running import run
from fuzz.odd import ANYTHING, DEEP, NAMES, RESOURCES, SETTINGS, check


@st.composite
def items(draw: st.DrawFn) -> tuple[str, Any]:
    """A resource, and items of it with values of any kind; links lead to each other, too."""
    resource = public_resources()[draw(st.sampled_from(RESOURCES))]
    names = draw(st.lists(NAMES, min_size=1, max_size=4))
    made = []
    for name in names:
        item: dict[str, Any] = {"name": name}
        fields = draw(st.lists(st.sampled_from(sorted([*resource.fields, "_services", "_id"])), max_size=5))
        for field in fields:
            other = st.sampled_from(names)
            link = [other, st.lists(other, max_size=2)] if field in resource.links else []
            item[field] = draw(st.one_of(ANYTHING, DEEP, *link))
        made.append(item)
    return resource.name, draw(st.sampled_from([made, made, made, made[0]]))


@pytest.fixture(scope="module")
def desk(backend_url: str) -> str:
    return backend_url


def _folder(factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    outside = factory.mktemp("outside")
    folder = outside / "folder"
    folder.mkdir()
    return outside, folder


@example(("userrestrictrole", [{"crud": [None, None]}]), "add", [])
@SETTINGS
@given(items(), st.sampled_from(["add", "update"]), st.sampled_from([[], ["-c"], ["-v"], ["-i"], ["-T", "a,/b"]]))
def test_any_items(
    desk: str, tmp_path_factory: pytest.TempPathFactory, made: tuple[str, Any], action: str, more: list[str]
) -> None:
    resource, data = made
    outside, folder = _folder(tmp_path_factory)
    (folder / "data.json").write_text(json.dumps(data))
    ran = run("-b", desk, "-f", str(folder), "--retries", "0", "-t", resource, "-d", "data.json", *more, action)
    check(ran, folder, outside)
    assert [path.name for path in folder.iterdir()] == ["data.json"]


@SETTINGS
@given(st.one_of(ANYTHING.map(json.dumps), DEEP.map(json.dumps), st.text(max_size=60), st.binary(max_size=60)))
def test_any_file(desk: str, tmp_path_factory: pytest.TempPathFactory, content: str | bytes) -> None:
    """Any JSON, and what is none: duplicate keys, endless nesting, halves of characters."""
    outside, folder = _folder(tmp_path_factory)
    raw = content if isinstance(content, bytes) else content.encode(errors="surrogatepass")
    ran = run("-b", desk, "-f", str(folder), "-d", "stdin", "-t", "command", "-c", "add", stdin=raw)
    check(ran, folder, outside)


@pytest.mark.parametrize("depth", [200, 900, 990, 1000, 5000, 200_000])
@pytest.mark.parametrize("action", ["add", "update"])
@pytest.mark.parametrize("field", ["customs", "name", "_templates", "extra"])
def test_deep_nesting(desk: str, tmp_path_factory: pytest.TempPathFactory, depth: int, action: str, field: str) -> None:
    outside, folder = _folder(tmp_path_factory)
    text = f'[{{"_id": 1, "{field}": ' + '{"a": ' * depth + "1" + "}" * depth + "}]"
    ran = run("-b", desk, "-f", str(folder), "--retries", "0", "-d", "stdin", action, stdin=text.encode())
    check(ran, folder, outside)
    assert ran.code == 2
    assert "nested too deeply" in ran.err


WORDS = st.one_of(
    NAMES,
    st.sampled_from([*(one for names in (*FLAGS.values(), *VALUES.values()) for one in names), "--", "-", "-qv"]),
    st.sampled_from(["get", "list", "add", "update", "delete", *RESOURCES]),
)


@SETTINGS
@given(st.lists(WORDS, max_size=5))
def test_any_command_line(desk: str, tmp_path_factory: pytest.TempPathFactory, words: list[str]) -> None:
    outside, folder = _folder(tmp_path_factory)
    if any(word.startswith(("-p", "--p", "serve")) for word in words):
        return
    with pytest.MonkeyPatch.context() as patch:
        # A dump without -f is for the current folder.
        patch.chdir(folder)
        ran = run("-b", desk, "-c", "--retries", "0", "--timeout", "10", *words, stdin=b"")
    check(ran, folder, outside, json_too=True)


@SETTINGS
@given(NAMES, st.sampled_from(["host", "command", "service", "user"]), st.booleans())
def test_any_name(
    desk: str, tmp_path_factory: pytest.TempPathFactory, name: str, resource: str, embedded: bool
) -> None:
    """Whatever an item is called: what is written is in the folder, and what was added is got and deleted."""
    outside, folder = _folder(tmp_path_factory)
    data = [{"name": name, "host": "_dummy", "_is_template": True}] if resource == "service" else [{"name": name}]
    (folder / "data.json").write_text(json.dumps(data))
    common = ["-b", desk, "-f", str(folder), "--retries", "0", "-t", resource]
    check(run(*common, "-d", "data.json", "add"), folder, outside)
    for action in ("get", "list", "delete"):
        if action == "delete" and (name in ("", "*") or name.endswith("/*")):
            continue
        ran = run(*common, *["-e"] * embedded, action, "--", name)
        check(ran, folder, outside, json_too=True)
    for path in folder.iterdir():
        assert path.name == "data.json" or (path.name.startswith("alignak-") and path.suffix == ".json")
        assert path.is_file()
        assert len(path.name.encode()) <= 255


def test_names_of_dumps_do_not_meet(desk: str, tmp_path: Path) -> None:
    """Two items whose names differ only in what a file name cannot hold have two dumps."""
    for name in ("meet/a", "meet_a", "meet\\a"):
        assert run("-b", desk, "-t", "command", "add", name).code == 0
        assert run("-b", desk, "-t", "command", "-f", str(tmp_path), "get", name).code == 0
        assert run("-b", desk, "-t", "command", "delete", name).code == 0
    assert "alignak-object-dump-command-meet_a.json" in [path.name for path in tmp_path.iterdir()]
