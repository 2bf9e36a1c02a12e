"""Adding, updating and deleting items, and the results."""
