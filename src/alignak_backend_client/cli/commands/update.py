"""Action ``update``: change items by name, the items of a data file, or those of a folder of files."""

from __future__ import annotations

from typing import Any

from alignak_backend_client.cli.commands.base import WritingCommand
from alignak_backend_client.client import Backend
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.patterns import expand_patterns
from alignak_backend_client.items.names.references import Reference
from alignak_backend_client.items.writing.updating import references, update
from alignak_backend_client.model import resources_by_name


class Update(WritingCommand):
    """Change items by name, or all items of a data file or a folder of files."""

    verb = "update"

    def run(self, backend: Backend) -> bool:
        """Change them."""
        options, writer = self.options, self.writer(backend)
        by_type = self.items_of_folder()
        if by_type is not None:
            for name, some in by_type.items():
                resource = resources_by_name()[name]
                if not writer.report.ended:
                    named = references(resource, some)
                    update(writer, resource, named, include_read_data=options.include_read_data)
            return self.ended(writer.report)
        data = self.data()
        items: list[tuple[Reference | None, dict[str, Any]]] = references(self.resource, data)
        if options.items:
            found = expand_patterns(backend, writer.catalog, self.resource, options.items, templates=options.model)
            if len(found) > 1 and "name" in data[0] and "name" in self.resource.unique:
                raise ItemError("The data has a name, but several items are to be updated: remove the name")
            items = [(reference, data[0]) for reference in found]
        if options.templates is not None:
            items = [(reference, {**changes, "_templates": options.templates}) for reference, changes in items]
        return self.ended(update(writer, self.resource, items, include_read_data=options.include_read_data))
