"""Configuration files that become a site, for the tests of ``import``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alignak_backend_client.site.cfg.importing import Imported, import_files
from alignak_backend_client.site.files import documents
from alignak_backend_client.site.validating import validate_folder

CFG = Path(__file__).parent / "cfg"


Data = dict[str, Any]


class Site:
    """What configuration files became."""

    def __init__(self, folder: Path, *paths: Path) -> None:
        self.found: Imported = import_files(paths, folder)
        self.folder = folder
        self.items: dict[str, dict[str, Data]] = {}
        for file in sorted(folder.rglob("*.yml")):
            for type_, items in documents.parse(file.read_bytes())[0].items():
                for item in items:
                    for service in item.pop("_services", ()):
                        self.items.setdefault("service", {})[f"{item['name']}/{service['name']}"] = service
                    full = f"{item['host']}/{item['name']}" if type_ == "service" else item["name"]
                    self.items.setdefault(type_, {})[full] = item
        if self.items:
            assert validate_folder(folder).problems == []

    def findings(self, kind: str) -> list[tuple[str, int | None, str]]:
        return [(Path(one.file).name, one.line, one.reason) for one in self.found.findings if one.kind == kind]

    def __getitem__(self, type_: str) -> dict[str, Data]:
        return self.items[type_]


def made(folder: Path, text: str) -> Site:
    """The site that a text becomes."""
    file = folder / "x.cfg"
    file.write_text(text, encoding="utf-8")
    return Site(folder / "site", file)


BASE = """
define command {
command_name c
command_line c $ARG1$
}
"""
