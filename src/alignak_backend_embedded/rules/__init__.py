"""The rules of the backend, one module a subject; :mod:`.order` tells which of them run when.

A rule reaches documents through :class:`alignak_backend_embedded.store.access.Store` alone, so it holds over SQLite
and over MongoDB.
"""
