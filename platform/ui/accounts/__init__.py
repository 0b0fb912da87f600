"""A user's own account: signing in and out."""
