"""The logic of the client without I/O: requests, paging, writes, retries."""
