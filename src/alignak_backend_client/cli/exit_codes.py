"""The exit codes of the command; scripts rely on them."""

OK = 0
#: The backend cannot be reached, or rejects the user and password.
NO_ACCESS = 1
#: An item failed, or the output could not be written.
FAILED = 2
#: There are differences, or not all could be carried over.
DIFFERS = 3
#: The command line is wrong.
USAGE = 64
#: Ended by Ctrl-C.
INTERRUPTED = 130
