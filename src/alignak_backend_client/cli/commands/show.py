"""Actions ``get`` and ``list`` with ``--output``: items printed to standard output."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterable, Iterator
from typing import Any, Final, TextIO

from alignak_backend_client.cli.commands.get import OneItem
from alignak_backend_client.cli.commands.list import SomeItems
from alignak_backend_client.cli.grammar import Options, UsageError
from alignak_backend_client.cli.options.columns import columns, default_paths, name_paths
from alignak_backend_client.cli.terminal.console import Console
from alignak_backend_client.client import Backend
from alignak_backend_client.items.files.shape import dump_page, to_dump_form
from alignak_backend_client.items.names import links
from alignak_backend_client.items.names.catalog import Catalog
from alignak_backend_client.items.names.filters import PAGE, all_of
from alignak_backend_client.items.names.patterns import selection_filter
from alignak_backend_client.items.query.fields import Field, QueryError, parse_field, parse_fields
from alignak_backend_client.items.query.listing import Listing
from alignak_backend_client.items.query.order import parse_order
from alignak_backend_client.items.query.reader import Reader
from alignak_backend_client.items.query.where import parse_where
from alignak_backend_client.model import Resource
from alignak_backend_client.output import json_text
from alignak_backend_client.output.layout import Column, Layout, UnknownFormatError, parse_format
from alignak_backend_client.output.sink import Sink
from alignak_backend_client.output.writing import WriteSummary, row_name, write, write_item

_WHOLE: Final = ("json", "yaml", "ndjson")
"""Formats with complete items, unless columns are given."""


class OutputFormat:
    """The output format of items.

    Attributes:
        layout: the format and the given columns.
        whole: True for complete items, in the format of dumps.
        fields: the fields that are read and shown otherwise.
        columns: the same as columns.

    Raises:
        UsageError: there is no such format or field, or options contradict each other.
    """

    def __init__(self, options: Options, resource: Resource, *, templates: bool) -> None:
        try:
            output = parse_format(options.output or "")
        except UnknownFormatError as error:
            raise UsageError(str(error)) from None
        self.whole = output in _WHOLE and options.columns is None
        if options.embedded and not self.whole:
            raise UsageError("The option --embedded works with -o json, yaml or ndjson, and without --columns")
        if options.columns is not None and output == "name":
            raise UsageError("The option --columns cannot be combined with -o name")
        self.fields, wide = _fields(options, resource, templates=templates)
        self.columns: list[Column] = columns(self.fields, wide)
        selected = None if options.columns is None else tuple(field.path for field in self.fields)
        self.layout = Layout(output, selected, headers=not options.no_headers)

    def distinct_names(self, catalog: Catalog, rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Yield rows; in lists of names, services with an ambiguous name are left with their id."""
        if self.layout.format != "name":
            yield from rows
            return
        rows = iter(rows)
        while some := list(itertools.islice(rows, PAGE)):
            names = [row_name(row) for row in some]
            if "host" in some[0]:
                links.load_possibly_ambiguous(catalog, names)
            for row, name in zip(some, names, strict=True):
                yield {"_id": row["_id"]} if "host" in row and links.is_ambiguous(catalog, name) else row


def _fields(options: Options, resource: Resource, *, templates: bool) -> tuple[tuple[Field, ...], list[str]]:
    """Return the fields to read, and the paths that only wide formats show."""
    if options.columns is not None:
        return parse_fields(resource, options.columns), []
    shown, wide = default_paths(resource, templates=templates)
    if options.output == "name":
        shown, wide = name_paths(resource), []
    read = shown + wide if options.output in ("wide", "csv") else shown
    return tuple(parse_field(resource, path) for path in read), wide


class ShowItem(OneItem):
    """Print an item; for ``host/*``, as JSON and YAML with all services of the host."""

    def __init__(self, options: Options, username: str, console: Console) -> None:
        super().__init__(options, username, console)
        try:
            self.output = OutputFormat(options, self.resource, templates=options.model and self.resource.has_templates)
        except QueryError as error:
            raise UsageError(str(error)) from None
        if self.with_services and not self.output.whole:
            raise UsageError(
                "A host with its services needs -o json or yaml; "
                f"for its services alone: list -t service {options.item!r}"
            )

    def run(self, backend: Backend) -> bool:
        """Print it."""
        catalog = Catalog(backend)
        found = self.find(backend, catalog)
        if self.output.whole:
            row = _sorted(self.to_dump(backend, catalog, found))
        else:
            [row] = self.output.distinct_names(
                catalog, Reader(backend, catalog, self.resource, self.output.fields).rows([found])
            )
        self.console.results(lambda stream: write_item(row, self.output.columns, self.output.layout, stream))
        return True


class ShowList(SomeItems):
    """Print a list of items, as they come."""

    def __init__(self, options: Options, username: str, console: Console) -> None:
        super().__init__(options, username, console)
        try:
            self.output = OutputFormat(options, self.resource, templates=self.templates)
            self.where = parse_where(self.resource, options.where)
            self.order = None if options.sort is None else parse_order(self.resource, options.sort)
        except QueryError as error:
            raise UsageError(str(error)) from None

    def run(self, backend: Backend) -> bool:
        """Print it."""
        catalog = Catalog(backend)
        selected = selection_filter(backend, catalog, self.resource, self.options.items, templates=self.templates)
        if "_is_template" in self.where.fields:
            selected.query.pop("_is_template", None)
        where = all_of(selected, self.where.resolve(backend, catalog))
        self.console.step(f"Reading the {self.resource.plural} that match {where.query}")
        listing = Listing(backend, catalog, self.resource, where, self.order, self.options.limit or None)
        if self.output.whole:
            self.console.results(lambda stream: self._whole(backend, catalog, listing, stream))
        else:
            rows = self._with_progress(self.output.distinct_names(catalog, listing.rows(self.output.fields)))
            self.console.results(lambda stream: write(rows, self.output.columns, self.output.layout, stream))
        if listing.cut:
            total = f"of {listing.total} " if listing.total is not None else ""
            self.console.note(f"Only the first {listing.shown} {total}{self.resource.plural} are shown (--limit)")
        elif not listing.shown:
            self.console.note(f"No {self.resource.plural} found")
        return True

    def _whole(self, backend: Backend, catalog: Catalog, listing: Listing, stream: TextIO) -> WriteSummary:
        """Write complete items, in the format of dumps."""
        embed, sink = self.options.embedded, Sink(stream)
        if self.output.layout.format == "yaml":
            shapes = (
                _sorted(item)
                for page in listing.pages()
                for item in to_dump_form(backend, catalog, self.resource, page.items(), embed=embed)
            )
            return write(self._with_progress(shapes), self.output.columns, self.output.layout, stream)
        lines = self.output.layout.format == "ndjson"
        writer = json_text.ListWriter(sink.write_json)
        for page in listing.pages():
            text = dump_page(backend, catalog, self.resource, page, embed=embed, lines=lines)
            (sink.write_json if lines else writer.add)(text)
            self._progress(listing.shown)
        if not lines:
            writer.end()
        return WriteSummary(listing.shown)

    def _with_progress(self, rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Yield rows, and show the progress."""
        for number, row in enumerate(rows, start=1):
            self._progress(number)
            yield row

    def _progress(self, number: int) -> None:
        # On a terminal that shows both, a progress bar would be among the results.
        if sys.stdout is not None and not sys.stdout.isatty():
            self.console.progress(number, 0)


def _sorted(item: dict[str, Any]) -> dict[str, Any]:
    """Return an item with its fields in the order of dumps."""
    return {name: item[name] for name in sorted(item)}
