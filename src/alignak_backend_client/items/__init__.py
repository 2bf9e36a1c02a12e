"""Verbs over items: names to ids and back, the order of creation, dumps. They ask a backend through the client."""
