"""The parameters of a read request: filter, order, page, projection, and conditional headers."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

from alignak_backend_client.model import Link, resources_by_name
from alignak_backend_client.model.fields import AUTOMATIC
from alignak_backend_embedded.api.call import Call
from alignak_backend_embedded.api.errors import BadRequestError
from alignak_backend_embedded.domain.json_values import parse_date

#: Parameters that links to pages replace or omit.
_KNOWN: Final = frozenset({"where", "sort", "page", "max_results", "embedded", "projection", "version"})
_MAX_SKIP: Final = 2**53


class Parameters:
    """The parameters of a read request.

    Attributes:
        where: the caller's validated filter.
        sort: pairs of field and direction.
        page: page number, from 1.
        max_results: items per page.
        projection: the fields that the store returns; None for all.
        shows_token: True when the caller's own token is requested.
        embedded: the links to embed, each as a chain of links from the resource.
        modified_since: the date of ``If-Modified-Since``.
        none_match: the etag of ``If-None-Match``.
    """

    def __init__(self, call: Call, resource: str) -> None:
        """Read the request.

        Raises:
            BadRequestError: a parameter or header is invalid.
        """
        self._call = call
        self._default = call.backend.options.page_default
        given, hidden = call.parameter, call.caller.hidden_fields(resource)
        self.page, self.max_results = _page(given.get("page")), self._page_size(given.get("max_results"))
        self.page = min(self.page, max(_MAX_SKIP // self.max_results, 1))
        self.where: dict[str, Any] = {}
        self.sort: list[tuple[str, int]] = []
        if given.get("where"):
            from alignak_backend_embedded.api.resources import filters

            self.where = filters.where(given["where"], resource, hidden, call.caller.user.get("token"))
        if given.get("sort"):
            from alignak_backend_embedded.api.resources import filters

            self.sort = filters.sort(given["sort"], hidden)
        self.projection: dict[str, int] | None = None
        self.shows_token = True
        if given.get("projection"):
            wanted = _projection(given["projection"])
            self.projection = _completed(wanted, resource, hidden)
            self.shows_token = bool(wanted.get("token", 1 not in wanted.values()))
        elif hidden:
            self.projection = dict.fromkeys(hidden, 0)
        self.embedded: list[list[Link]] = []
        if given.get("embedded"):
            from alignak_backend_embedded.api.resources import embedding

            self.embedded = embedding.chains(given["embedded"], resource)
        headers = call.request.headers
        self.modified_since = _date(headers.get("if-modified-since"))
        self.none_match = bare_etag(headers.get("if-none-match", ""))

    def _page_size(self, text: str | None) -> int:
        try:
            size = int(float(text or 0))
        except ValueError:
            size = 0
        except OverflowError:
            raise BadRequestError from None
        return min(size, self._call.backend.options.page_limit) if size > 0 else self._default

    def link(self, resource: str, page: int | None = None) -> str:
        """Return the address of a page of the list, with the caller's parameters."""
        given, page = self._call.parameter, page or self.page
        parts = [f"max_results={self.max_results}"] if self.max_results != self._default else []
        parts += [f"{name}={given[name]}" for name in ("where", "sort") if given.get(name)]
        if page > 1:
            parts.append(f"page={page}")
        parts += [f"{name}={value}" for name, value in self._call.parameters if name not in _KNOWN]
        return f"{resource}?{'&'.join(parts)}" if parts else resource


def bare_etag(sent: str) -> str:
    """Return an etag without the delimiters of HTTP: ``"..."`` or ``W/"..."``."""
    return sent.removeprefix("W/").replace('"', "")


def _page(text: str | None) -> int:
    try:
        return abs(int(text or 1)) or 1
    except ValueError:
        return 1


def _date(text: str | None) -> datetime | None:
    if not text:
        return None
    date = parse_date(text)
    if date is None:
        raise BadRequestError
    return date


def _projection(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise BadRequestError from None
    if not isinstance(found, dict):
        raise BadRequestError
    if any(not name or "$" in name or "\0" in name or value not in (0, 1) for name, value in found.items()):
        raise BadRequestError
    return found


def _completed(wanted: dict[str, Any], resource: str, hidden: frozenset[str]) -> dict[str, int] | None:
    """Return the projection for the store, with the automatic fields and without those hidden from the caller.

    If any field is included, all fields that are not included are omitted.
    """
    model = resources_by_name()[resource]
    if 1 in wanted.values():
        shown = [name for name, value in wanted.items() if value and name.partition(".")[0] not in hidden]
        if not model.allow_unknown:
            shown = [name for name in shown if name.partition(".")[0] in model.fields]
        return dict.fromkeys([*shown, *AUTOMATIC], 1)
    return dict.fromkeys([*(name for name in wanted if name not in AUTOMATIC), *hidden], 0) or None
