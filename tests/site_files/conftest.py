"""Sites of tests: folders, and desks to apply them from."""

from __future__ import annotations

from cli.conftest import desk, fresh_backend_urls, fresh_desk, fresh_desks

__all__ = ["desk", "fresh_backend_urls", "fresh_desk", "fresh_desks"]
