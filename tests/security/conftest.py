"""Backends for the tests of this folder; both stores."""

from __future__ import annotations

from embedded.conftest import new_site, one_site, site

__all__ = ["new_site", "one_site", "site"]
