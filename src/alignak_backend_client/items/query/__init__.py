"""Which items, in which order, and what of them: filters, orders and fields as people write them."""
