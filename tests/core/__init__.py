"""The operations of the client, driven without a network: answers go in, requests and results come out."""
