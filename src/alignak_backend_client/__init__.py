"""Python client of the Alignak monitoring backend."""

from alignak_backend_client._version import __version__

__all__ = ["__version__"]
