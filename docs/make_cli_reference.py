"""Writes ``docs/cli.md`` from what the command itself says. A test fails when the file is stale."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

from alignak_backend_client.cli import main
from alignak_backend_client.cli.registry import ACTIONS, COMMANDS

TARGET = Path(__file__).parent / "cli.md"

PAGES = {
    "alignak-backend-cli": ["-h"],
    **{f"alignak-backend-cli {name}": [name, "-h"] for name in (*ACTIONS, *COMMANDS)},
}


def reference() -> str:
    """Return the text of the page."""
    parts = ["# Command reference\n\nThis is what the command prints of itself: `make docs` writes it here.\n"]
    for name, arguments in PAGES.items():
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            main(arguments)
        parts.append(f"## {name}\n\n```text\n{output.getvalue().rstrip()}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    TARGET.write_text(reference(), encoding="utf-8")
