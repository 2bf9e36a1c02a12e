"""The verbs over items, where they need no command line and no backend."""
