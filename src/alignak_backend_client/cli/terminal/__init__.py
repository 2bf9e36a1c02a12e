"""Streams and terminals: output, progress bars, full-screen pages and logs."""
