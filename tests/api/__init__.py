"""The request layer by itself: no server, no client library."""
