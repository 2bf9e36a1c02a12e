"""Carrying out a plan, round by round."""
