"""A whole configuration as a folder of files: read, validated, compared with a backend, and carried out there."""
