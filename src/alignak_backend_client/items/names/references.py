"""References to items: names, ``host/service`` for services, and ids for items without a name."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from alignak_backend_client.items.errors import ItemError

if TYPE_CHECKING:
    from alignak_backend_client.model import Resource

WILDCARD: Final = "*"

SERVICES: Final = "_services"
"""The key of the services in the data of a host."""


class OnHost(NamedTuple):
    """Host and name of a service, separately: this is unambiguous even if they contain slashes."""

    host: str
    service: str

    def __str__(self) -> str:
        return f"{self.host}/{self.service}"


Reference: TypeAlias = str | OnHost
"""A reference to an item: its name, ``host/service``, its id, or a service on a host."""


def service_splits(text: str) -> list[OnHost]:
    """Return every way to split a text into (host, service); host names may contain slashes, too."""
    cuts = [index for index, char in enumerate(text) if char == "/"]
    return [OnHost(text[:cut], text[cut + 1 :]) for cut in cuts if text[:cut] and text[cut + 1 :]]


def wildcard_host(text: str) -> str | None:
    """Return the host of ``host/*``, or None."""
    host, slash, service = text.rpartition("/")
    return host if slash and host and service == WILDCARD else None


def link_targets(value: Any) -> list[str]:
    """Return the names or ids in the value of a link, which is one of them or a list."""
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]


def replace_targets(value: Any, known: Mapping[str, str]) -> Any:
    """Return the value of a link with other names or ids; those that are not known stay."""
    if isinstance(value, list):
        return [known.get(one, one) if isinstance(one, str) else one for one in value]
    return known.get(value, value) if isinstance(value, str) else value


def get_reference(target: Resource, value: Any) -> str:
    """Return the name or id in a link's value.

    Args:
        target: the resource that is linked to.
        value: a name, an id, or the linked item itself as a dictionary (as in a dump with embedded items).

    Raises:
        ItemError: it is none of these.
    """
    if isinstance(value, dict):
        name = value.get("name")
        if not target.key or name is None:
            name = value.get("_id", name)
        elif target.key == ("host", "name") and value.get("host"):
            host = value["host"]
            name = f"{host.get('name') if isinstance(host, dict) else host}/{name}"
        value = name
    if not isinstance(value, str) or not value:
        raise ItemError(f"{show(value)} does not name a {target.name}")
    return value


def full_name(resource: Resource, item: dict[str, Any]) -> str:
    """Return the full name of an item: ``h1``, for a service ``h1/cpu``; empty if it has no name."""
    name = item.get("name")
    if not isinstance(name, str) or not name:
        return ""
    host = item.get("host")
    if isinstance(host, dict):
        host = host.get("name")
    return f"{host}/{name}" if resource.key == ("host", "name") and isinstance(host, str) and host else name


def label(resource: str, name: str) -> str:
    """Return the label of an item in messages: ``host 'h1'``, ``service 'h1/cpu'``."""
    return f"{resource} {show(name)}"


def enumeration(names: Sequence[object], most: int = 1) -> str:
    """Return the first names, and how many more there are, such as ``a, b and 3 more``."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(str, names[:most])) + more


def show(value: Any, limit: int = 120) -> str:
    """Return a value for a message: printable, on one line, limited in length; values other than strings as JSON."""
    try:
        text = repr(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        text = repr(value)
    except RecursionError:
        text = "a deeply nested value"
    if not text.isprintable():
        text = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
