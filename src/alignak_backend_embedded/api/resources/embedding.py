"""``?embedded={"_realm": 1}``: linked documents instead of ids, with one query per field and page."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from alignak_backend_client.model import Link, resources_by_name
from alignak_backend_embedded.api.admission import SMALL
from alignak_backend_embedded.api.call import Call
from alignak_backend_embedded.api.errors import BadRequestError
from alignak_backend_embedded.api.rendering import is_plain
from alignak_backend_embedded.store.access import Document
from alignak_backend_embedded.store.errors import TooLargeError
from alignak_backend_embedded.store.object_id import ObjectId

#: Shown of linked items that the caller may not read: programs expect the names of embedded items.
_ALWAYS_SHOWN: Final = ("_id", "name")

_NOT_EMBEDDABLE: Final = frozenset({"livesynthesisretention"})


def _cannot_parse() -> BadRequestError:
    return BadRequestError("Unable to parse `embedded` clause")


def chains(text: str, resource: str) -> list[list[Link]]:
    """Return the links to embed, each as a chain of links from the resource, shorter chains first.

    Fields that are not links are ignored, and so is ``host._realm`` unless ``host`` is requested as well.

    Raises:
        BadRequestError: it is not a JSON object.
    """
    try:
        wanted = json.loads(text)
    except (ValueError, RecursionError):
        raise _cannot_parse() from None
    if not isinstance(wanted, dict):
        raise _cannot_parse()
    names = sorted((name for name, value in wanted.items() if value == 1), key=lambda name: name.count("."))
    found: dict[str, list[Link]] = {}
    for name in names:
        outer, _, last = name.rpartition(".")
        before = found.get(outer, []) if outer else []
        if outer and not before:
            continue
        link = resources_by_name()[before[-1].resource if before else resource].links.get(last)
        if link is not None and link.resource not in _NOT_EMBEDDABLE:
            found[name] = [*before, link]
    return list(found.values())


def _holders(documents: Iterable[Any], chain: Sequence[Link]) -> Iterator[Document]:
    """Yield the documents that contain the last link of a chain whose other links are already embedded."""
    if not chain:
        yield from (document for document in documents if isinstance(document, dict))
        return
    for document in documents:
        if isinstance(document, dict):
            value = document.get(chain[0].field)
            yield from _holders(value if isinstance(value, list) else [value], chain[1:])


def _ids(value: Any) -> list[ObjectId]:
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, ObjectId)]


def embed(call: Call, documents: Sequence[Document], chains: Sequence[Sequence[Link]]) -> None:
    """Replace ids by linked documents, in place; null where the document does not exist.

    Raises:
        TooLargeError: they are too large, each counted as often as it occurs.
    """
    limits, size = call.backend.options.limits, 0
    most = limits.answer_bytes if is_plain(call) else limits.text_answer_bytes
    for chain in chains:
        link = chain[-1]
        holders = [holder for holder in _holders(documents, chain[:-1]) if link.field in holder]
        ids = {item for holder in holders for item in _ids(holder[link.field])}
        secrets = resources_by_name()[link.resource].secrets
        hidden = dict.fromkeys(secrets, 0) or None
        linked, _ = call.find_page(link.resource, {"_id": {"$in": list(ids)}}, (), hidden, len(ids) + 1, 0, most)
        found = {item["_id"]: item for item in linked}
        sizes = dict(zip(found, linked.sizes, strict=True))
        size += sum(sizes.get(item, 0) for holder in holders for item in _ids(holder[link.field]))
        if size > SMALL:
            call.wait_for_memory()
        if size > most:
            raise TooLargeError(most)
        for item in call.caller.find_unreadable(link.resource, found):
            found[item] = {name: found[item][name] for name in _ALWAYS_SHOWN if name in found[item]}
        for holder in holders:
            value = holder[link.field]
            if isinstance(value, list):
                holder[link.field] = [found.get(item) if isinstance(item, ObjectId) else item for item in value]
            elif not isinstance(value, dict):
                holder[link.field] = found.get(value)
