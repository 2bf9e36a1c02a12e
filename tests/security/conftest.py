"""Backends for the tests of this folder; both stores, with little work for a hash."""

from __future__ import annotations

from embedded.conftest import ferretdb, layer, new_site, one_site, pytest_generate_tests, quick_hashes, site

__all__ = ["ferretdb", "layer", "new_site", "one_site", "pytest_generate_tests", "quick_hashes", "site"]
