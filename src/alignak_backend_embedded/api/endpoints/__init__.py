"""Endpoints that are not resources: login, version, settings, periodic jobs, API documentation."""
