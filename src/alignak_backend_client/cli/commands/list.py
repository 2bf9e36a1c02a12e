"""Action ``list``: items of a type, written to a file."""

from __future__ import annotations

from alignak_backend_client.cli.commands.base import ActionCommand
from alignak_backend_client.cli.grammar import Options
from alignak_backend_client.cli.terminal.console import Console
from alignak_backend_client.client import Backend
from alignak_backend_client.items.files import dumpfile
from alignak_backend_client.items.files.shape import dump_page
from alignak_backend_client.items.names.catalog import Catalog
from alignak_backend_client.items.names.patterns import selection_filter
from alignak_backend_client.output import json_text


class SomeItems(ActionCommand):
    """An action that reads items of a type, or its templates."""

    def __init__(self, options: Options, username: str, console: Console) -> None:
        super().__init__(options, username, console)
        self.templates = options.model and self.resource.has_templates
        if options.model and not self.templates:
            console.note(f"There are no {self.resource.name} templates: the option --model has no effect")


class List(SomeItems):
    """Write a list of items to a file."""

    def __init__(self, options: Options, username: str, console: Console) -> None:
        super().__init__(options, username, console)
        self.folder = dumpfile.check_folder(options.folder)

    def run(self, backend: Backend) -> bool:
        """Read the list and write it."""
        catalog = Catalog(backend)
        where = selection_filter(backend, catalog, self.resource, self.options.items, templates=self.templates)
        self.console.step(f"Reading the {self.resource.plural} that match {where.query}")
        count = 0
        path = self.folder / dumpfile.list_file(self.resource, templates=self.templates)
        if self.options.check:
            for page in where.pages(backend, self.resource):
                count += len(page.keys)
            dumpfile.check_target(path)
            self.console.result(
                f"{self.resource.format_count(count, templates=self.templates)} would be written to {path}"
            )
            return True
        with dumpfile.open_atomic(path) as file:
            writer = json_text.ListWriter(file.write)
            for page in where.pages(backend, self.resource):
                writer.add(dump_page(backend, catalog, self.resource, page, embed=self.options.embedded))
                count += len(page.keys)
                self.console.progress(count, 0)
            writer.end()
        self.console.result(f"{self.resource.format_count(count, templates=self.templates)} written to {path}")
        return True
