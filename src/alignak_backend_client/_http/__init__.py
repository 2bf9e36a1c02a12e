"""Running operations: blocking and asynchronous drivers and transports, TLS, the embedded backend."""
