"""The backend as a server: sockets, workers, limits."""
