"""The plan: the changes that make a backend match a folder."""
