"""What is no resource: login, version, settings, periodic jobs, the documentation of the API."""
