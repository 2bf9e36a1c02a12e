"""The rules of the backend, one module per subject; :mod:`.order` defines when they run.

Rules access documents only through :class:`alignak_backend_embedded.store.access.Store`, so they work with SQLite and
MongoDB.
"""
