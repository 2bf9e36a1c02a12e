"""Secrets of a site: files have references to them, which are resolved when they are sent."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from alignak_backend_client._files import open_regular
from alignak_backend_client.site.fields import secret_reference
from alignak_backend_client.site.files.folder import Item, Problem
from alignak_backend_client.site.planning.plan import Change

_LARGEST: Final = 64 << 10

Secrets = dict[tuple[str, str, str], str]
"""The values to send, by type and name of the item and name of the field."""


def resolve_secrets(folder: Path, changes: Iterable[Change]) -> tuple[Secrets, list[Problem]]:
    """Return the secrets for changes, and the problems with missing ones.

    Args:
        folder: the folder of the site; file references are relative to it.
        changes: the changes to send.
    """
    found: Secrets = {}
    problems: list[Problem] = []
    for change in changes:
        if change.action == "delete" or change.item is None:
            continue
        for field in change.fields:
            if field.field not in change.item.resource.secrets:
                continue
            value, reason = _value(folder, field.new)
            if value is None:
                problems.append(_missing(change.item, field.field, reason))
            else:
                found[change.type, change.name, field.field] = value
    return found, problems


def _missing(item: Item, field: str, reason: str) -> Problem:
    return Problem(item.place.at(field), f"{field}: {reason}", item)


def _value(folder: Path, reference: object) -> tuple[str | None, str]:
    """Return a secret, or the reason why it is missing."""
    where = secret_reference(reference)
    if where is None:
        return None, "use a reference: ${env:NAME} or ${file:PATH}"
    kind, name = where
    if kind == "env":
        value = os.environ.get(name)
        return value or None, f"the environment variable {name} is {'not set' if value is None else 'empty'}"
    try:
        with open(folder / name, "rb", opener=open_regular) as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            return None, f"the file {name!r} is too large for a secret"
        value = content.decode().removesuffix("\n").removesuffix("\r")
    except OSError as error:
        return None, f"the file {name!r} cannot be read: {error.strerror}"
    except ValueError:
        return None, f"the file {name!r} cannot be read: it is not UTF-8 text"
    return value or None, f"the file {name!r} is empty"
