"""Input that is as odd as it can be."""
