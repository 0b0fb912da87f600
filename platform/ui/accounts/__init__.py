"""A user's own account: signing in, and changing the password."""
