"""What is wrong with a site in the backend, and what of it can be mended without guessing."""
