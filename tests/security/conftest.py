"""Backends for the tests of this folder; both stores, with little work for a hash."""

from __future__ import annotations

from embedded.conftest import layer, quick_hashes, site, sqlite_site

__all__ = ["layer", "quick_hashes", "site", "sqlite_site"]
