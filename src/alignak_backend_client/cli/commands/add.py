"""Action ``add``."""

from __future__ import annotations

from typing import Any

from alignak_backend_client.cli.commands.base import WritingAction
from alignak_backend_client.cli.console import Console
from alignak_backend_client.cli.grammar import Options, UsageError
from alignak_backend_client.client import Backend
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.files import datafile
from alignak_backend_client.items.names.finding import split_service
from alignak_backend_client.items.writing.adding import add
from alignak_backend_client.items.writing.writer import Writer


class Add(WritingAction):
    """Add an item by its name, or all items of a data file."""

    verb = "add"

    def __init__(self, options: Options, username: str, console: Console) -> None:
        super().__init__(options, username, console)
        if options.template is not None and not self.resource.has_templates:
            raise UsageError(f"A {self.resource.name} has no templates: leave out --template")
        if options.item is not None and not self.resource.has_name:
            raise UsageError(f"No {self.resource.name} has a name: give its data with -d, and no item")

    def run(self, backend: Backend) -> bool:
        """Add them."""
        writer = self.writer(backend)
        data = datafile.read(self.options.data, self.options.folder) if self.options.data else {}
        if self.options.item is None:
            items = data if isinstance(data, list) else [data]
        else:
            items = [self._named(writer, self.options.item, only(data, self.options.item))]
        report = add(writer, self.resource, items, self.options.templates)
        return self.ended(report, many=self.options.item is None)

    def _named(self, writer: Writer, name: str, data: dict[str, Any]) -> dict[str, Any]:
        """Return the data of an item with the name that the command line gives."""
        if self.resource.key != ("host", "name"):
            return {**data, "name": name}
        if (split := split_service(writer.catalog, name)) is None:
            return {**data, "name": name}
        return {**data, "host": split[0], "name": split[1]}


def only(data: dict[str, Any] | list[dict[str, Any]], name: str) -> dict[str, Any]:
    """Return the one item of a data file.

    Raises:
        ItemError: there are several.
    """
    if isinstance(data, dict):
        return data
    if len(data) != 1:
        raise ItemError(f"The data holds a list of {len(data)} items, and the command line one name: {name!r}")
    return data[0]
