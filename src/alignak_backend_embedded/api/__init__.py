"""The REST protocol: views, queries, reading, writing, errors, documentation."""
