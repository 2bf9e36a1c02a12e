"""Types of items as arguments of the command line."""

from __future__ import annotations

import click

from alignak_backend_client.model import Resource, public_resources, resource_called
from alignak_backend_client.output.suggestions import suggestion


def type_named(word: str) -> Resource:
    """Return the resource that a word means: a type, its former name, or a plural.

    Raises:
        click.UsageError: there is no such type; the message names the nearest.
    """
    found = resource_called(word)
    if found is None:
        raise click.UsageError(f"Unknown type {word!r}: {suggestion(word, public_resources(), 'types')}")
    return found
