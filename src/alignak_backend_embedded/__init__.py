"""A backend in a box: the Alignak backend's REST protocol over SQLite, in one process."""
