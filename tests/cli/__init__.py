"""The command, as users run it: in this process for most tests, in a process of its own where that matters."""
