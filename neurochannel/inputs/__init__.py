"""Reading files without trust: what every reader of a user's files has in common."""
