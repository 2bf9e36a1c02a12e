"""The pipelines of docs/site-in-ci.md: a shell runs their steps as GitHub and GitLab do, on a backend in a file."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

PAGE = Path(__file__).parents[2] / "docs" / "site-in-ci.md"
BLOCKS = re.findall(r"```yaml\n(.*?)\n```\n", PAGE.read_text("utf-8"), re.DOTALL)
GITHUB, GITLAB = (yaml.safe_load(block) for block in BLOCKS)


class Repository:
    """A checkout with a site, and the variables of its pipelines."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "site").mkdir()
        (folder / "site" / "site.yml").write_text("name: paris\n", "utf-8")
        self.write("web-1")
        for name in ("summary", "output"):
            (folder / name).touch()
        self.variables = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "ALIGNAK_BACKEND_URL": "embedded:site.db",
            "ALIGNAK_BACKEND_USERNAME": "admin",
            "ALIGNAK_BACKEND_PASSWORD": "admin",
            "GITHUB_STEP_SUMMARY": str(folder / "summary"),
            "GITHUB_OUTPUT": str(folder / "output"),
        }
        assert self.run("alignak-backend-cli add first && alignak-backend-cli delete first", {}) == 0

    def write(self, *hosts: str) -> None:
        text = "host:\n" + "".join(f"- name: {name}\n" for name in hosts)
        (self.folder / "site" / "hosts.yml").write_text(text, "utf-8")

    def run(self, script: str, variables: dict[str, str]) -> int:
        return subprocess.run(
            ["bash", "-e", "-c", script], cwd=self.folder, env=self.variables | variables, check=False, timeout=120
        ).returncode

    def hosts(self) -> set[str]:
        shown = subprocess.run(
            ["alignak-backend-cli", "list", "-o", "name"],
            cwd=self.folder,
            env=self.variables,
            capture_output=True,
            text=True,
            check=True,
        )
        return set(shown.stdout.split())

    def outputs(self) -> dict[str, str]:
        """What the steps of a job of GitHub have passed to the next jobs; it is forgotten then."""
        path = self.folder / "output"
        found = dict(line.split("=", 1) for line in path.read_text("utf-8").splitlines())
        path.write_text("", "utf-8")
        return found


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def _steps(job: dict[str, Any]) -> Iterator[str]:
    """Yield the scripts of a job; pip is not run, since it would fetch the package."""
    for step in job.get("steps", ()):
        if "run" in step and "pip install" not in step["run"]:
            yield step["run"]
    yield from job.get("script", ())


def _github(repository: Repository, job: str, variables: dict[str, str] | None = None) -> int:
    return max(repository.run(script, variables or {}) for script in _steps(GITHUB["jobs"][job]))


def _gitlab(repository: Repository, job: str) -> int:
    return repository.run("\n".join(_steps(GITLAB[job])), {})


def test_github_applies_the_plan_that_was_shown(repository: Repository) -> None:
    assert _github(repository, "plan") == 0
    told = repository.outputs()
    assert told["differs"] == "3"
    assert "+ host 'web-1'" in (repository.folder / "summary").read_text("utf-8")
    assert _github(repository, "apply", {"CHECKSUM": told["checksum"]}) == 0
    assert repository.hosts() == {"web-1"}
    assert _github(repository, "plan") == 0
    assert repository.outputs() == {"differs": "0"}


def test_github_does_not_apply_another_plan(repository: Repository) -> None:
    assert _github(repository, "plan") == 0
    told = repository.outputs()
    repository.write("web-1", "web-2")
    assert _github(repository, "apply", {"CHECKSUM": told["checksum"]}) == 2
    assert repository.hosts() == set()


def test_github_stops_at_files_that_are_wrong(repository: Repository) -> None:
    (repository.folder / "site" / "hosts.yml").write_text("host:\n- nam: web-1\n", "utf-8")
    assert _github(repository, "plan") != 0


def test_gitlab_applies_the_plan_that_was_shown(repository: Repository) -> None:
    for job in ("validate", "plan", "apply"):
        assert _gitlab(repository, job) == 0
    assert repository.hosts() == {"web-1"}
    # Nothing is left to do.
    for job in ("plan", "apply"):
        assert _gitlab(repository, job) == 0


def test_gitlab_does_not_apply_another_plan(repository: Repository) -> None:
    assert _gitlab(repository, "plan") == 0
    repository.write("web-1", "web-2")
    assert _gitlab(repository, "apply") == 2
    assert repository.hosts() == set()


def test_secrets_and_plans_of_the_pipelines_are_where_they_belong() -> None:
    assert GITHUB["permissions"] == {"contents": "read"}
    assert GITHUB["jobs"]["apply"]["environment"] == "monitoring"
    assert GITLAB["apply"]["rules"][0]["when"] == "manual"
    # A secret in `run` would be part of the command line that GitHub prints.
    assert all("${{" not in script for job in GITHUB["jobs"].values() for script in _steps(job))
