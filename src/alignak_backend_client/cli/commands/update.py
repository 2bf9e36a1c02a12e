"""Action ``update``."""

from __future__ import annotations

from typing import Any

from alignak_backend_client.cli.commands.add import only
from alignak_backend_client.cli.commands.base import WritingAction
from alignak_backend_client.cli.console import Console
from alignak_backend_client.cli.grammar import Options, UsageError
from alignak_backend_client.client import Backend
from alignak_backend_client.items.files import datafile
from alignak_backend_client.items.names.references import Reference
from alignak_backend_client.items.writing.updating import references, update


class Update(WritingAction):
    """Change an item by its name, or every item that a data file names."""

    verb = "update"

    def __init__(self, options: Options, username: str, console: Console) -> None:
        super().__init__(options, username, console)
        if options.template is not None and not self.resource.has_templates:
            raise UsageError(f"A {self.resource.name} has no templates: leave out --template")

    def run(self, backend: Backend) -> bool:
        """Change them."""
        options = self.options
        data = datafile.read(options.data, options.folder) if options.data else {}
        items: list[tuple[Reference | None, dict[str, Any]]]
        if options.item is not None:
            items = [(options.item, only(data, options.item))]
        else:
            items = references(self.resource, data if isinstance(data, list) else [data])
        if options.templates is not None:
            items = [(reference, {**changes, "_templates": options.templates}) for reference, changes in items]
        report = update(self.writer(backend), self.resource, items, include_read_data=options.include_read_data)
        return self.ended(report, many=options.item is None)
