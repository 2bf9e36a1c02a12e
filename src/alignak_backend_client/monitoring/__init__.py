"""Live states: what is wrong now, how much there is of what, what happened. It returns data, and prints nothing."""
