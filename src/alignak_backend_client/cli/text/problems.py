"""Problems in the files of a site as text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alignak_backend_client.items.names.references import show
from alignak_backend_client.output.text import shorten_words


def describe_problem(folder: Path, row: dict[str, Any]) -> str:
    """Return a problem in one line: place, item and message."""
    where = f"{folder / row['file']}:{row['line']}" if row["line"] else str(folder / row["file"])
    item = f"{row['type']} {show(row['name'])}: " if row["name"] else f"{row['type']}: " if row["type"] else ""
    return f"{where}: {item}{shorten_words(row['reason'])}"
