"""The store of the embedded backend: documents over SQLite, asked in MongoDB's query language."""
