"""Passages that are needed beyond their retention period; apps above access register theirs."""

from collections.abc import Callable

from django.db.models import Q

Condition = Callable[[], Q]
_conditions: list[Condition] = []


def retain(condition: Condition) -> None:
    """Keep the plate, reads and photo of passages that meet the condition."""
    if condition not in _conditions:
        _conditions.append(condition)


def is_needed() -> Q:
    """Return the condition on passages that are still needed."""
    needed = Q(pk__in=[])
    for condition in _conditions:
        needed |= condition()
    return needed
