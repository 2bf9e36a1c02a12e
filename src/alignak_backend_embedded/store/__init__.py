"""The store of the embedded backend: documents over SQLite or MongoDB, with MongoDB's query language.

:class:`.access.Store` is what the rest of the package knows. :mod:`.mongo` hands everything to MongoDB; :mod:`.sqlite`
works with ``translate`` (filters to SQL), ``matcher`` (what SQL has no words for), ``codec`` (documents as text) and
``database`` (the file).
"""
