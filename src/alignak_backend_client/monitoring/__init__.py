"""Live states: problems, status, history and trees; and requests to the monitoring engine.

It returns data, and prints nothing.
"""
