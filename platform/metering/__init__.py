"""Metering: meters and their places, readings, and consumption between two instants.

`register` calculates (pure), `services` write, `selectors` and `usage` read, and `jobs` import the
readings of devices. Billing takes its amounts from `usage.consumption` only.
"""
