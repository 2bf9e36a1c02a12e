"""A whole configuration as a folder of files: reading, validation, comparison with a backend, and applying."""
