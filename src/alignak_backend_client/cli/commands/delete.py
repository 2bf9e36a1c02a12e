"""Action ``delete``: items by name or pattern, the items of a data file, or all items of a type."""

from __future__ import annotations

from alignak_backend_client.cli.commands.base import WritingCommand
from alignak_backend_client.cli.grammar import Options, UsageError
from alignak_backend_client.cli.terminal.console import Console
from alignak_backend_client.cli.text import messages
from alignak_backend_client.client import Backend
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.writing.deleting import Question, delete, delete_all, delete_listed


class Delete(WritingCommand):
    """Delete items by name, the items of a data file, all templates, or all items of a type."""

    verb = "delete"

    def __init__(self, options: Options, username: str, console: Console) -> None:
        super().__init__(options, username, console)
        if options.model and not self.resource.has_templates:
            raise UsageError(f"There are no {self.resource.name} templates: omit --model")
        if options.items and options.data is not None:
            raise UsageError("Give either the names of the items to delete, or a data file with -d")
        if options.host_with_services is not None:
            raise UsageError(
                f"To delete the services of a host: delete -t service '{options.item}'; "
                f"to delete the host itself: delete {options.host_with_services}"
            )

    def run(self, backend: Backend) -> bool:
        """Delete them."""
        options, writer = self.options, self.writer(backend)
        ask = self._ask if self.console.can_ask and not options.yes else None
        if options.items:
            report = delete(writer, self.resource, options.items, templates=options.model, ask=ask)
        elif options.data is not None:
            report = delete_listed(writer, self.resource, self.data(), templates=options.model, ask=ask)
        else:
            report = delete_all(writer, self.resource, templates=options.model, ask=ask)
        return self.ended(report)

    def _ask(self, question: Question) -> None:
        """Ask for confirmation, except for a single named item that is not in use."""
        if not self.options.several and not question.used_by:
            return
        if not self.console.confirm(messages.deletion_question(question)):
            raise ItemError("Cancelled: nothing was deleted")
