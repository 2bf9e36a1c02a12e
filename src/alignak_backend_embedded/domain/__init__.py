"""The basis of the rules: documents, validation, rights, events."""
