"""What a legal hold of a person covers: the plates of the person's vehicles."""

from django.db.models import Exists, OuterRef, Q

from core.models import LegalHold
from core.retention import Scope
from people.models import Vehicle


def plates_of_held_persons(scope: Scope) -> Q:
    """Return the condition on rows with a plate of a person under a legal hold."""
    named = {"folded": scope.folded} if scope.folded else {"plate": scope.plate}
    if not any(named.values()):
        return Q(pk__in=[])
    holds = LegalHold.objects.filter(released_at=None, kind=LegalHold.Kind.PERSON)
    own = Vehicle.objects.filter(person__in=holds.values("person")).exclude(plate="")
    same = {name: OuterRef(field) for name, field in named.items()}
    return Q(Exists(own.filter(site=OuterRef(scope.site), **same)))
