"""What can be wrong with an item."""

from __future__ import annotations


class ItemError(Exception):
    """An item cannot be read or written. The message is one line for the user and names the item or field."""
