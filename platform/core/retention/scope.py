"""By which fields of a row a legal hold recognises it."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Q


@dataclass(frozen=True)
class Scope:
    """Names of fields or annotations of a row, as the row's query has them; empty: it has none.

    Attributes:
        site: of the site's key.
        at: when what the row records happened, for holds of a period.
        plate: of the plate as it is spelled.
        folded: of the plate with look-alikes folded.
        person: of the person's key.
        incident: of the incident's key.
        passage: of the passage's key, for what refers to passages.
    """

    site: str
    at: str = ""
    plate: str = ""
    folded: str = ""
    person: str = ""
    incident: str = ""
    passage: str = ""


Condition = Callable[[Scope], Q]
_further: list[Condition] = []


def hold_also(condition: Condition) -> None:
    """Register what a hold covers beyond the row that it names, such as a person's plates.

    Args:
        condition: takes the scope of rows, and returns the condition on those that are held.
    """
    if condition not in _further:
        _further.append(condition)


def further_conditions(scope: Scope) -> Q:
    """Return the condition on rows that are held by what rooms have registered."""
    held = Q(pk__in=[])
    for condition in _further:
        held |= condition(scope)
    return held
