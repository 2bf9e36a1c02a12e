"""Live states: what is wrong now, how much there is of what, what happened; and asking the engine to act on it.

It returns data, and prints nothing.
"""
