"""What the command keeps for a user: named ways to backends, and logins. Where there is neither, it is not imported."""
