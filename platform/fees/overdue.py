"""Which fees of a site may have late fees to post: those that are open, or were paid lately.

Each list is read with one query by an index, and the fees are then loaded in chunks by their keys.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from billing.models import Allocation, Charge
from core import clock
from core.models import Site
from fees.charge_sources import KINDS

CHUNK = 500
# Fees that were settled longer ago have their last late fee.
LOOK_BACK = timedelta(days=62)
_CAUSE = ("source_type", "source_id", "period")


def overdue_keys(site: Site, day: date) -> list[int]:
    """Return the keys of the fees that were due before a day, and are open or were paid lately."""
    before = clock.midnight(day, site.timezone)
    return sorted({*open_fees(site, before), *_open_again(site), *paid_lately(site, before)})


def chunks(keys: list[int]) -> Iterator[list[int]]:
    """Yield the keys in parts of at most `CHUNK`."""
    for start in range(0, len(keys), CHUNK):
        yield keys[start : start + CHUNK]


def locked_fees(keys: list[int], before: datetime) -> list[Charge]:
    """Lock fees by their keys, in the order of all money; leave out those that are due later."""
    rows = Charge.objects.filter(pk__any_of=keys, due_at__lt=before, amount__gt=0).order_by("pk")
    return list(rows.select_for_update(no_key=True))


def open_fees(site: Site, before: datetime) -> QuerySet[Charge, int]:
    """Return the keys of open fees that were due before an instant."""
    rows = Charge.objects.filter(
        site=site,
        state=Charge.State.OPEN,
        due_at__lt=before,
        source_type__in=KINDS.values(),
        revision=0,
    )
    return rows.values_list("pk", flat=True)


def _open_again(site: Site) -> set[int]:
    """Return the keys of the fees that are open by a later charge, as one billed again is."""
    later = Charge.objects.filter(
        site=site, state=Charge.State.OPEN, source_type__in=KINDS.values(), revision__gt=0
    )
    causes = set(later.values_list(*_CAUSE))
    rows = Charge.objects.filter(
        source_type__in=KINDS.values(),
        source_id__any_of=[source_id for _kind, source_id, _period in causes],
        revision=0,
    )
    found = rows.values_list("pk", *_CAUSE) if causes else ()
    return {pk for pk, *cause in found if tuple(cause) in causes}


def paid_lately(site: Site, before: datetime) -> QuerySet[Allocation, int]:
    """Return the keys of fees that were due before an instant and were paid in the last weeks."""
    rows = Allocation.objects.filter(
        created_at__gte=clock.now() - LOOK_BACK,
        charge__site=site,
        charge__state=Charge.State.SETTLED,
        charge__due_at__lt=before,
        charge__source_type__in=KINDS.values(),
        charge__revision=0,
    )
    return rows.order_by().values_list("charge_id", flat=True).distinct()
