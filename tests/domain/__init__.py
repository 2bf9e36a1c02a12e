"""The rules of the embedded backend that need no request: documents in a store, and answers about them."""
