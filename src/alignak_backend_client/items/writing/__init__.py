"""The verbs that write: adding, updating and deleting items, and what became of each."""
