"""Meters: which meter is where, what it showed when, and what was used between two instants.

`register` reckons (pure), `models` keep, `services` write, `selectors` and `usage` read, `jobs`
take readings from devices. Billing takes its amounts from `usage.consumption` alone.
"""
