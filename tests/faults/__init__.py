"""Connections that break, processes that are killed, others who write meanwhile."""
