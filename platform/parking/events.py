"""The events of parking."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StayRecomputed:
    """A late record, a movement or a correction changed a stay whose car may wait at an exit."""

    stay: str
