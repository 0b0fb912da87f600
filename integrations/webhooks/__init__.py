"""Signed webhooks to authorities, by Standard Webhooks 1.0.0."""
