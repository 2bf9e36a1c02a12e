"""Files of a site: reading them with positions, and rewriting only what changed."""
