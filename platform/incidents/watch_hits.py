"""How precise the watch-list is: its hits, as people have reviewed them."""

from dataclasses import dataclass

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from core.models import Site
from incidents.models import Incident, WatchEntry

_FALSE = Q(state__in=[Incident.State.FALSE_ALARM, Incident.State.CANCELLED])
_CONFIRMED = Q(reviewed_by__isnull=False) & ~_FALSE


@dataclass(frozen=True, slots=True)
class Hits:
    """The hits of an entry, or of all entries of a basis."""

    total: int
    confirmed: int
    false: int

    @property
    def open(self) -> int:
        """Those that no person has reviewed."""
        return self.total - self.confirmed - self.false

    @property
    def precision(self) -> int | None:
        """Confirmed hits in percent of the reviewed ones; None before the first review."""
        reviewed = self.confirmed + self.false
        return round(100 * self.confirmed / reviewed) if reviewed else None


def with_hits(rows: QuerySet[WatchEntry]) -> QuerySet[WatchEntry]:
    """Return the entries, each with ``hit_count``, ``hits_confirmed`` and ``hits_false``."""
    return rows.annotate(
        hit_count=_count(Q()), hits_confirmed=_count(_CONFIRMED), hits_false=_count(_FALSE)
    )


def hits_of(entry: WatchEntry) -> Hits:
    """Return the hits of one entry of `with_hits`."""
    return Hits(entry.hit_count, entry.hits_confirmed, entry.hits_false)  # type: ignore[attr-defined]


def hits_by_basis(site: Site) -> dict[str, Hits]:
    """Return the hits at the site by legal basis, for bases that have any."""
    rows = (
        Incident.objects.filter(site=site, watch_entry__isnull=False)
        .order_by()
        .values("watch_entry__legal_basis")
        .annotate(
            total=Count("pk"),
            confirmed=Count("pk", filter=_CONFIRMED),
            false=Count("pk", filter=_FALSE),
        )
    )
    return {
        each["watch_entry__legal_basis"]: Hits(each["total"], each["confirmed"], each["false"])
        for each in rows
    }


def _count(condition: Q) -> Coalesce:
    hits = Incident.objects.filter(condition, watch_entry=OuterRef("pk")).order_by()
    number = hits.values("watch_entry").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(number, output_field=IntegerField()), 0)
