"""Documents in SQLite, asked in the query language of MongoDB."""
