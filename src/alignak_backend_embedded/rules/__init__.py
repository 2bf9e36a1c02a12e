"""The rules of the backend, one module per subject; :mod:`.order` defines when they run.

A rule reaches documents through :class:`alignak_backend_embedded.store.access.Store` alone, so it holds over SQLite
and over MongoDB.
"""
