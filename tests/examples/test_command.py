"""Command ``examples``: the files come with what is installed, and are written to a new folder."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from alignak_backend_client.cli.commands import examples
from cli.running import run

ROOT = Path(__file__).parents[2]
FILES = {path.name: path.read_bytes() for path in (ROOT / "examples").iterdir()}


def _in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_examples_are_written_to_a_folder_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ran = run("examples")
    assert (ran.code, ran.out, ran.err) == (0, f"{len(FILES)} files written to examples\n", "")
    assert _in(tmp_path / "examples") == FILES


def test_examples_are_written_to_a_given_folder(tmp_path: Path) -> None:
    folder = tmp_path / "some" / "where"
    ran = run("examples", "--to", str(folder))
    assert (ran.code, ran.out, ran.err) == (0, f"{len(FILES)} files written to {folder}\n", "")
    assert _in(folder) == FILES


@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_existing_files_are_not_touched(tmp_path: Path, kind: str) -> None:
    there, notes = tmp_path / "there", tmp_path / "notes"
    notes.write_text("mine")
    if kind == "folder":
        there.mkdir()
        (there / "README.md").write_text("mine")
    elif kind == "file":
        there.write_text("mine")
    else:
        there.symlink_to(tmp_path / "nowhere")
    ran = run("examples", "--to", str(there))
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"{str(there)!r} exists already: name another folder with --to\n"
    assert [path.read_text() for path in tmp_path.rglob("*") if path.is_file()] == ["mine"] * (1 + (kind != "link"))
    assert not (tmp_path / "nowhere").exists()


def test_an_unwritable_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    folder = str(tmp_path / "file" / "examples")
    ran = run("examples", "--to", folder)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"The examples cannot be written to {folder!r}: Not a directory\n"


def test_a_part_of_them_does_not_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.json").write_text("{}")
    (source / "b.json").symlink_to(tmp_path / "missing")
    monkeypatch.setattr(examples, "_SOURCE", source)
    ran = run("examples", "--to", str(tmp_path / "made"))
    assert (ran.code, ran.out) == (2, "")
    assert "No such file or directory" in ran.err
    assert not (tmp_path / "made").exists()
    (source / "b.json").unlink()
    assert run("examples", "--to", str(tmp_path / "made")).code == 0


def test_the_default_database_is_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("examples", variables={"ALIGNAK_BACKEND_URL": "embedded:site.db"}).code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["examples"]


def test_the_wheel_has_them_made_from_a_source_archive_as_releases_are(tmp_path: Path) -> None:
    def build(folder: Path, target: str) -> Path:
        words = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(tmp_path)]
        subprocess.run(words, cwd=folder, check=True, capture_output=True)
        return next(tmp_path.glob("*.whl" if target == "wheel" else "*.tar.gz"))

    with tarfile.open(build(ROOT, "sdist")) as source:
        source.extractall(tmp_path / "source", filter="data")
    prefix = "alignak_backend_client/examples/"
    with zipfile.ZipFile(build(next((tmp_path / "source").iterdir()), "wheel")) as wheel:
        names = [name for name in wheel.namelist() if name.startswith(prefix)]
        assert {name.removeprefix(prefix): wheel.read(name) for name in names} == FILES
