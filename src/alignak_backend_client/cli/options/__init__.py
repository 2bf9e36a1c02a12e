"""Options and arguments that several click commands have in common."""
