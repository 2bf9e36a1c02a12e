"""Action ``delete``."""

from __future__ import annotations

from alignak_backend_client.cli.commands.base import WritingAction
from alignak_backend_client.cli.console import Console
from alignak_backend_client.cli.grammar import Options, UsageError
from alignak_backend_client.client import Backend
from alignak_backend_client.items.names.references import wildcard_host
from alignak_backend_client.items.writing.deleting import delete_all, delete_one, delete_services


class Delete(WritingAction):
    """Delete an item, the services of a host, or all items of a type."""

    verb = "delete"

    def __init__(self, options: Options, username: str, console: Console) -> None:
        super().__init__(options, username, console)
        self.host = wildcard_host(options.item or "")
        if self.host is not None and self.resource.name != "service":
            raise UsageError(
                f"For the services of a host: delete -t service '{options.item}'; "
                f"for the host itself: delete {self.host}"
            )

    def run(self, backend: Backend) -> bool:
        """Delete them."""
        writer = self.writer(backend)
        if self.host is not None:
            return self.ended(delete_services(writer, self.resource, self.host), many=True)
        if self.options.item is not None:
            return self.ended(delete_one(writer, self.resource, self.options.item), many=False)
        return self.ended(delete_all(writer, self.resource), many=True)
