"""The embedded backend: the Alignak backend's REST API over SQLite or MongoDB."""
