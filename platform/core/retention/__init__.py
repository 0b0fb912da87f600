"""Retention: how long each class of personal data is kept, and what may not be deleted.

A room registers its classes in its `apps.py`. Its job asks a `Sweep` which rows are past their
site's period and under no legal hold, deletes those, and records how many there were. Nothing else
decides what a retention job may delete (docs/retention.md).
"""

from core.retention.classes import DataClass, all_classes, find_class, register
from core.retention.holds import (
    due_holds,
    extend_hold,
    held_condition,
    holds_in_force,
    is_person_held,
    place_hold,
    release_hold,
    without_held,
)
from core.retention.periods import days, limit, past_period, set_period, shortest_limit
from core.retention.scope import Scope, hold_also
from core.retention.sweeps import Sweep

__all__ = [
    "DataClass",
    "Scope",
    "Sweep",
    "all_classes",
    "days",
    "due_holds",
    "extend_hold",
    "find_class",
    "held_condition",
    "hold_also",
    "holds_in_force",
    "is_person_held",
    "limit",
    "past_period",
    "place_hold",
    "register",
    "release_hold",
    "set_period",
    "shortest_limit",
    "without_held",
]
