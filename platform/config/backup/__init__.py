"""Backup and restore of one installation: database, photos, keys (docs/operating.md)."""
