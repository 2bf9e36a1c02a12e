"""Types of items as arguments of the command line."""

from __future__ import annotations

import click

from alignak_backend_client.model import DEFAULT_TYPE, Resource, find_resource, public_resources
from alignak_backend_client.output.suggestions import suggestion


def type_named(word: str) -> Resource:
    """Return the resource that a word means: a type, its former name, or a plural.

    Raises:
        click.UsageError: there is no such type; the message names the nearest.
    """
    found = find_resource(word)
    if found is None:
        owners = [name for name, resource in public_resources().items() if word in resource.fields]
        owner = DEFAULT_TYPE if DEFAULT_TYPE in owners else next(iter(owners), None)
        field = f"did you mean the field {f'{owner}.{word}'!r}?"
        hint = field if owner else suggestion(word, public_resources(), "types")
        raise click.UsageError(f"Unknown type {word!r}: {hint}")
    return found
