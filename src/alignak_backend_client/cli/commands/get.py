"""Action ``get``: one item, printed and written to a file."""

from __future__ import annotations

from typing import Any

from alignak_backend_client.cli.commands.base import ActionCommand
from alignak_backend_client.cli.grammar import Options, UsageError
from alignak_backend_client.cli.terminal.console import Console
from alignak_backend_client.client import Backend
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.files import dumpfile
from alignak_backend_client.items.files.shape import to_dump_form
from alignak_backend_client.items.names.catalog import Catalog, read_all
from alignak_backend_client.items.names.finding import ambiguity_error, find, suggest_name
from alignak_backend_client.items.names.references import SERVICES, show
from alignak_backend_client.model import public_resources
from alignak_backend_client.output import json_text


class OneItem(ActionCommand):
    """An action that reads one item; for ``host/*``, also all services of the host."""

    def __init__(self, options: Options, username: str, console: Console) -> None:
        super().__init__(options, username, console)
        self.with_services = options.host_with_services is not None
        self.reference = options.host_with_services or options.item or ""
        if len(options.items) > 1:
            raise UsageError(f"get takes only one host with its services at a time: {options.item!r}")

    def find(self, backend: Backend, catalog: Catalog) -> dict[str, Any]:
        """Return the item as the backend has it.

        Raises:
            ItemError: there is none.
        """
        found = find(backend, catalog, self.resource, self.reference)
        if not found:
            near = suggest_name(backend, catalog, self.resource, self.reference, {})
            raise ItemError(f"There is no {self.resource.name} {show(self.reference)}{near}")
        if len(found) > 1 and any(item.get("name") != self.reference for item in found):
            raise ItemError(f"{show(self.reference)}: {ambiguity_error(catalog, self.resource, found)}")
        if len(found) > 1:
            hint = "; use host/service for the service of one host" if self.resource.name == "service" else ""
            self.console.note(f"{self.resource.format_count(len(found))} have this name; this is the first one{hint}")
        return found[0]

    def to_dump(self, backend: Backend, catalog: Catalog, found: dict[str, Any]) -> dict[str, Any]:
        """Return the item in the format of dumps."""
        embed = self.options.embedded
        item = to_dump_form(backend, catalog, self.resource, [found], embed=embed)[0]
        if self.with_services:
            services = read_all(backend, "service", {"where": {"host": found["_id"]}})
            self.console.step(f"The host has {len(services)} services")
            item[SERVICES] = to_dump_form(backend, catalog, public_resources()["service"], services, embed=embed)
        return item


class Get(OneItem):
    """Print an item and write it to a file."""

    def __init__(self, options: Options, username: str, console: Console) -> None:
        super().__init__(options, username, console)
        self.folder = dumpfile.check_folder(options.folder)

    def run(self, backend: Backend) -> bool:
        """Get it."""
        catalog = Catalog(backend)
        found = self.find(backend, catalog)
        item = self.to_dump(backend, catalog, found)
        text = json_text.to_json(item, many=self.with_services) + b"\n"
        path = self.folder / self._file_name(catalog, found)
        self.console.json(text.decode())
        if self.options.check:
            dumpfile.check_target(path)
            self.console.note(f"Would be written to {path}")
        else:
            dumpfile.write_file(path, text)
            self.console.note(f"Written to {path}")
        return True

    def _file_name(self, catalog: Catalog, item: dict[str, Any]) -> str:
        host = (
            catalog.name("host", item["host"]) if self.resource.key == ("host", "name") and item.get("host") else None
        )
        return dumpfile.item_file(self.resource, str(item.get("name") or item["_id"]), host)
