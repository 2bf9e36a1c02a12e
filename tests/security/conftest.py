"""Backends for the tests of this folder; both stores, with little work for a hash."""

from __future__ import annotations

from embedded.conftest import new_site, one_site, quick_hashes, site

__all__ = ["new_site", "one_site", "quick_hashes", "site"]
