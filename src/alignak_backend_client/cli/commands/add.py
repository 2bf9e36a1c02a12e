"""Action ``add``: one item by name, the items of a data file, or those of a folder of files."""

from __future__ import annotations

from typing import Any

from alignak_backend_client.cli.commands.base import WritingCommand
from alignak_backend_client.cli.grammar import Options, UsageError
from alignak_backend_client.cli.terminal.console import Console
from alignak_backend_client.client import Backend
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.finding import split_service
from alignak_backend_client.items.writing import foreign
from alignak_backend_client.items.writing.adding import add
from alignak_backend_client.items.writing.writer import Writer
from alignak_backend_client.model import resources_by_name


class Add(WritingCommand):
    """Add an item by its name, or all items of a data file."""

    verb = "add"

    def __init__(self, options: Options, username: str, console: Console) -> None:
        super().__init__(options, username, console)
        if options.items and not self.resource.has_name:
            raise UsageError(f"Items of type {self.resource.name} have no name: give only their data, with -d")

    def run(self, backend: Backend) -> bool:
        """Add them."""
        writer, options = self.writer(backend), self.options
        by_type = self.items_of_folder()
        if by_type is not None:
            self._adapt(writer, by_type)
            for name, some in by_type.items():
                if not writer.report.ended:
                    add(writer, resources_by_name()[name], some)
            return self.ended(writer.report)
        items = self.data()
        if options.item is not None:
            items = [self._named(writer, options.item, items[0])]
        self._adapt(writer, {self.resource.name: items})
        return self.ended(add(writer, self.resource, items, options.templates))

    def _adapt(self, writer: Writer, items: foreign.Items) -> None:
        """Make dumps of other backends fit for this one.

        Raises:
            ItemError: they contain unknown data.
        """
        ignored = self.options.ignore_unknown
        if not ignored and not any(foreign.is_dump(item) for some in items.values() for item in some):
            return
        lines = foreign.adapt(writer.catalog, items, ignore_unknown=ignored)
        for line in lines:
            (self.console.note if ignored else self.console.error)(f"{line}: dropped" if ignored else line)
        if lines and not ignored:
            raise ItemError(
                "Nothing was added: correct the data, or drop unknown fields and links with --ignore-unknown"
            )

    def _named(self, writer: Writer, name: str, data: dict[str, Any]) -> dict[str, Any]:
        """Return the data of an item with the name that the command line gives."""
        if self.resource.key != ("host", "name"):
            return {**data, "name": name}
        if (split := split_service(writer.catalog, name)) is None:
            return {**data, "name": name}
        return {**data, "host": split[0], "name": split[1]}
