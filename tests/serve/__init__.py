"""The command `serve`, as a process, over real sockets."""
