"""The pieces of an incident: its own, and those of incidents that were merged into it.

A piece stays with the incident for which it was collected, so that it can be said where it is from;
the incident that goes on shows them all.
"""

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from core.retention import Scope, held_condition
from incidents.models import Evidence, Incident

_BY_HOLDER = Scope(site="incident__site", at="taken_at", incident="holder")


def pieces_of(incident: Incident) -> QuerySet[Evidence]:
    """Return all pieces of an incident and of those merged into it, also what was erased."""
    return Evidence.objects.filter(Q(incident=incident) | Q(incident__merged_into=incident))


def with_holder(rows: QuerySet[Evidence]) -> QuerySet[Evidence]:
    """Return the pieces with ``holder``, the key of the incident that goes on with them."""
    return rows.alias(holder=Coalesce(F("incident__merged_into"), F("incident")))


def held_by_merger() -> Q:
    """Return the condition on pieces that a legal hold of the incident that goes on covers.

    Their rows have a ``holder`` (`with_holder`).
    """
    return Q(incident__merged_into__isnull=False) & held_condition(_BY_HOLDER)


def without_held_by_merger(rows: QuerySet[Evidence]) -> QuerySet[Evidence]:
    """Return the pieces without those that a legal hold of the incident that goes on covers."""
    return with_holder(rows).exclude(held_by_merger())
