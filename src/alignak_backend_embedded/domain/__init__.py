"""What the rules stand on: documents, validation, rights, events."""
