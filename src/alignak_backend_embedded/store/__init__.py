"""The store of the embedded backend: documents over SQLite or MongoDB, with MongoDB's query language.

The rest of the package only uses :class:`.access.Store`. :mod:`.mongo` delegates to MongoDB; :mod:`.sqlite` consists of
``translate`` (filters as SQL), ``matcher`` (conditions that SQL cannot express), ``codec`` (documents as text),
``database`` (the file) and others.
"""
