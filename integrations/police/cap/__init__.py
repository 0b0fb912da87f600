"""Alerts in the Common Alerting Protocol 1.2 (OASIS): written, checked, signed and read.

`document`, `texts`, `times`, `rules`, `signature` and `atom` are pure: they know no database.
"""
