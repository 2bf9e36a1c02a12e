"""Profiles and stored logins of the user. Not imported where there are none, to keep the start fast."""
