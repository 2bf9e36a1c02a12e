"""Collections and items: reading, writing and deleting them."""
