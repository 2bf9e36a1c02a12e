"""What the client does, without I/O: requests, paging, writes, retries."""
