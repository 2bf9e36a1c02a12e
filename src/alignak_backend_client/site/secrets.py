"""Secrets of a site: files say where they are, and they are looked up when they are sent."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from alignak_backend_client.site.fields import secret_reference
from alignak_backend_client.site.folder import Item, Problem
from alignak_backend_client.site.plan import Change

_LARGEST: Final = 64 << 10

Secrets = dict[tuple[str, str, str], str]
"""By type and name of an item and the name of a field, what is sent."""


def resolved(folder: Path, changes: Iterable[Change]) -> tuple[Secrets, list[Problem]]:
    """Return the secrets that changes send, and those that are not there.

    Args:
        folder: of the site; paths of files are relative to it.
        changes: what is to be sent.
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
    """Return a secret, or why there is none."""
    where = secret_reference(reference)
    if where is None:
        return None, "say where it is: ${env:NAME} or ${file:PATH}"
    kind, name = where
    if kind == "env":
        value = os.environ.get(name)
        return value or None, f"the environment variable {name} is {'not set' if value is None else 'empty'}"
    try:
        with (folder / name).open("rb") as file:
            content = file.read(_LARGEST + 1)
        value = content.decode().removesuffix("\n").removesuffix("\r")
    except (OSError, ValueError) as error:
        return None, f"the file {name!r} cannot be read: {getattr(error, 'strerror', None) or 'it is no UTF-8 text'}"
    if len(content) > _LARGEST:
        return None, f"the file {name!r} is too large for a secret"
    return value or None, f"the file {name!r} is empty"
