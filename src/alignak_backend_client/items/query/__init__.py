"""Queries as people write them: filters, orders and fields."""
