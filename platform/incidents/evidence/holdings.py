"""What evidence holds of people: pieces that name a plate or another of the person's texts."""

from collections.abc import Iterator

from django.db.models import Q, QuerySet

from core import holdings
from core.holdings import Erased, Identity, Row
from core.retention import Scope, held_condition
from incidents.evidence.pieces import without_held_by_merger
from incidents.evidence.retention import erase_pieces
from incidents.models import Evidence, Incident

_BY_INCIDENT = Scope(site="incident__site", at="taken_at", incident="incident")
# The incident that goes on with a piece has ended.
_ENDED = Q(incident__state__in=Incident.ENDED, incident__merged_into=None)


def export(identity: Identity) -> Iterator[tuple[str, list[Row]]]:
    """Yield the pieces of evidence that name the person, without their pictures."""
    rows = _pieces(identity).order_by("taken_at", "pk")
    yield "evidence", holdings.rows_of(rows, "taken_at", "kind", "values")


def erase(identity: Identity) -> Erased:
    """Erase pieces of incidents that have ended, unless a legal hold covers them."""
    ended = without_held_by_merger(_pieces(identity))
    ended = ended.filter(_ENDED | Q(incident__merged_into__state__in=Incident.ENDED))
    ended = ended.exclude(held_condition(_BY_INCIDENT))
    rows = erase_pieces(dict(ended.values_list("pk", "image")))
    kept = _pieces(identity).count()
    return Erased(rows, {"evidence of incidents": kept} if kept else {})


def _pieces(identity: Identity) -> QuerySet[Evidence]:
    rows = Evidence.objects.filter(incident__site=identity.site_id, erased=False)
    named = holdings.with_terms(rows, identity, "values")
    return rows.filter(
        Q(pk__in=named.values("pk")) | identity.with_plate("values__plate", "taken_at")
    )


def register() -> None:
    """Declare what evidence holds."""
    holdings.register(holdings.Part("evidence", export, erase))
