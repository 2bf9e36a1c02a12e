"""Names and ids of items: lookups in both directions."""
