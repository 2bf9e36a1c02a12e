"""How people name items, and how the backend does: names to ids and back."""
