"""What can follow on a command line, for shells: from the tables of the grammar, the commands, and the backend."""
