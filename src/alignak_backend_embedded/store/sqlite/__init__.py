"""Documents in SQLite, with MongoDB's query language."""
