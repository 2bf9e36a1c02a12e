"""The documents tell the truth: their commands run unchanged, links lead somewhere, nothing is stale."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import inspect
import json
import re
import runpy
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from cli.running import run
from cli.sessions import by_shell, printed, sessions
from servers.serve import Serve

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "examples").glob("*.md")])

#: Blocks of documents, by language, that a test here or elsewhere runs.
TESTED = {
    ("README.md", "console"),
    ("README.md", "python"),
    ("README.md", "text"),
    ("docs/acting.md", "console"),  # tests/cli/test_monitoring_page.py, as is the next one
    ("docs/acting.md", "json"),
    ("docs/backup.md", "console"),
    ("docs/backup.md", "json"),  # tests/cli/test_backup.py
    ("docs/cli.md", "text"),
    ("docs/day.md", "console"),  # tests/cli/test_monitoring_page.py
    ("docs/import.md", "console"),
    ("docs/library.md", "python"),
    ("docs/monitoring.md", "console"),  # tests/cli/test_monitoring_page.py
    ("docs/profiles.md", "console"),
    ("docs/serving.md", "console"),  # tests/serve/test_serving_page.py, as are the next two
    ("docs/serving.md", "nginx"),
    ("docs/serving.md", "ini"),
    ("docs/site.md", "console"),
    ("docs/site.md", "yaml"),
    ("docs/site-in-ci.md", "yaml"),  # tests/site_files/test_ci_pipelines.py
    ("docs/understanding.md", "console"),
    ("docs/understanding.md", "json"),
    ("examples/README.md", ""),
}
NOT_TESTED = {
    ("README.md", "sh"): "it installs packages, and runs make",
    ("CONTRIBUTING.md", "sh"): "it runs make",
    ("docs/design.md", "mermaid"): "a drawing",
    ("docs/monitoring.md", "text"): "what watch shows, which tests/cli/test_watch.py tests",
    ("docs/performance.md", ""): "it takes minutes",
    ("docs/profiles.md", "toml"): "its settings are tested in tests/cli",
    ("docs/profiles.md", "sh"): "tests/cli/test_completion.py has real shells run them",
    ("docs/serving.md", "javascript"): "it is for mongosh and a cluster",
}


TOUR = {"ALIGNAK_BACKEND_URL": "embedded:tour.db"}

_LAST_CHECK = re.compile(r"(?<=^Last check: ).* ago$", re.MULTILINE)
"""How long ago a check was, which depends on the speed of the machine."""


def _run_through(
    document: str, folder: Path, variables: Mapping[str, str] = TOUR, how: Callable[..., str] = printed
) -> None:
    commands = list(sessions(ROOT / document))
    assert len(commands) >= 4
    for command, expected in commands:
        found = how(command, folder, variables).replace(f"{folder}/", "")
        shown = "".join(f"{line}\n" for line in found.splitlines() if not line.startswith("Written to "))
        assert _LAST_CHECK.sub("", shown) == _LAST_CHECK.sub("", expected), command


def test_the_readme_runs_unchanged(tmp_path: Path) -> None:
    """By the shell, all of it; its Python reads what its commands have made."""
    _run_through("README.md", tmp_path, how=by_shell)
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    code, expected = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", text, re.DOTALL)[0]
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stderr, done.stdout) == ("", expected)


@pytest.mark.parametrize("document", ["docs/backup.md", "docs/import.md", "docs/site.md", "docs/understanding.md"])
def test_commands_of_documents_run_unchanged(document: str, tmp_path: Path) -> None:
    _run_through(document, tmp_path)


def test_the_files_of_the_page_about_sites_are_valid(tmp_path: Path) -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/site.md").read_text("utf-8"), re.DOTALL)
    (tmp_path / "hosts.yml").write_text(block, encoding="utf-8")
    assert run("validate", str(tmp_path)).code == 0


def test_the_commands_about_profiles_run_unchanged(tmp_path: Path) -> None:
    home = {"XDG_CONFIG_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path), "ALIGNAK_BACKEND_URL": ""}
    _run_through("docs/profiles.md", tmp_path, home)


def test_the_python_of_the_library_page_runs_unchanged() -> None:
    text = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {"print": lambda *_: None}
    with Serve("--database=:memory:") as served:
        for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
            code = compile(
                block.replace("http://127.0.0.1:5000", served.url), "library.md", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            )
            if code.co_flags & inspect.CO_COROUTINE:
                asyncio.run(eval(code, names))  # noqa: S307 - it is ours
            else:
                exec(code, names)  # noqa: S102 - likewise
    assert len(names["outcomes"]) == 800
    assert all(outcome.ok for outcome in names["outcomes"])
    assert names["changed"]["_etag"] != names["new"]["_etag"]


def test_the_commands_of_the_examples_run_unchanged(tmp_path: Path) -> None:
    text = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
    variables = {"ALIGNAK_BACKEND_URL": "embedded:site.db"}
    lines = [line for block in re.findall(r"```\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    assert len(lines) > 15
    with contextlib.chdir(tmp_path):
        assert run("examples").code == 0
        for line in lines:
            command, *words = shlex.split(line)
            assert command == "alignak-backend-cli"
            ran = run(*words, variables=variables)
            assert ran.code == 0, (line, ran)


def test_each_block_of_a_document_is_tested_or_is_known_not_to_be() -> None:
    found = {
        (str(document.relative_to(ROOT)), language)
        for document in DOCUMENTS
        for language in re.findall(r"^```(\w*)\n.*?^```$", document.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    }
    assert found == {*TESTED, *NOT_TESTED}, "test the new block, and name it in TESTED"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_targets_of_make_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"```\w*\n.*?```|`[^`]+`", text, re.DOTALL))
    for path in re.findall(r"(?<![\w/.-])(?:tests|src|benchmarks|docs)/[\w./-]*[\w/]", code):
        assert (ROOT / path).exists(), path
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for target in re.findall(r"(?:^|`|=\S* )make ([a-z-]+)", code, re.MULTILINE):
        assert target in targets, target


def test_the_json_of_a_document_is_json() -> None:
    (block,) = re.findall(r"```json\n(.*?)```", (ROOT / "docs/understanding.md").read_text("utf-8"), re.DOTALL)
    assert json.loads(block)


def test_the_command_reference_is_current() -> None:
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
