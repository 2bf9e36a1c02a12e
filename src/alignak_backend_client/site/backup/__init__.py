"""Backups: saving a backend to a file, and restoring it."""
