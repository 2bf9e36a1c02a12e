"""Servers that the tests start: the real backend, ours, and one that misbehaves on purpose."""
