"""Checking a site in the backend for inconsistencies, and repairing those that need no decision."""
