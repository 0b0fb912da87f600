"""Residents' accounts: signing in, bindings to people, invitations, homes and requests."""
