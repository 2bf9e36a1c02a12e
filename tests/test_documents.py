"""The documents tell the truth: their commands run as they stand, links lead somewhere, nothing is stale."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "examples").glob("*.md")])


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tour")


def _sessions(document: str) -> Iterator[tuple[str, str]]:
    """Yield the commands of a document, with what they print."""
    text = (ROOT / document).read_text(encoding="utf-8")
    for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield command, output


def _environment() -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "ALIGNAK_BACKEND_URL": "embedded:tour.db"}


def _run_through(document: str, folder: Path, **variables: str) -> None:
    commands = list(_sessions(document))
    assert len(commands) >= 4
    for command, printed in commands:
        done = subprocess.run(
            ["sh", "-c", f"{{ {command}; }} 2>&1"],
            cwd=folder,
            env=_environment() | variables,
            capture_output=True,
            text=True,
            check=False,
        )
        printed_there = done.stdout.replace(f"{folder}/", "")
        shown = "".join(f"{line}\n" for line in printed_there.splitlines() if not line.startswith("Written to "))
        assert shown == printed, command


def test_the_tour_of_the_readme_runs_as_it_stands(tour: Path) -> None:
    _run_through("README.md", tour)


@pytest.mark.parametrize("document", ["docs/understanding.md"])
def test_commands_of_documents_run_as_they_stand(document: str, tmp_path: Path) -> None:
    _run_through(document, tmp_path)


def test_the_commands_about_profiles_run_as_they_stand(tmp_path: Path) -> None:
    home = {"XDG_CONFIG_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path), "ALIGNAK_BACKEND_URL": ""}
    _run_through("docs/profiles.md", tmp_path, **home)


def test_the_python_of_the_readme_runs_as_it_stands(tour: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    code, printed = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", text, re.DOTALL)[0]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tour, env=_environment(), capture_output=True, text=True, check=False
    )
    assert (done.stderr, done.stdout) == ("", printed)


def test_the_command_reference_is_what_the_command_says() -> None:
    page = runpy.run_path(str(ROOT / "docs" / "make_cli_reference.py"))
    assert page["TARGET"].read_text(encoding="utf-8") == page["reference"](), "stale: run `make docs`"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files_and_headings(document: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        name, _, heading = target.partition("#")
        path = (document.parent / name).resolve() if name else document
        assert path.exists(), target
        if heading:
            headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings}
            assert heading in anchors, target
