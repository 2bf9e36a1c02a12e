"""Completion of command lines: candidates from the grammar, the commands, and the backend."""
