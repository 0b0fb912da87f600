"""The open incidents as a guard works through them: worst first, then latest."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zlib import crc32

from django.db.models import Case, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.fields.json import KT

from core.models import Site, User
from incidents import kinds
from incidents.models import Incident, Occurrence
from incidents.selectors import with_devices
from incidents.severities import RANK

MINE, NOBODY = "mine", "nobody"
#: What a page shows of an incident; it is rendered again when one of them has changed.
SHOWN = (
    "severity",
    "state",
    "occurrences",
    "last_at",
    "cleared",
    "acked_by_id",
    "assigned_to_id",
    "place",
)
_MS = 1000


def open_incidents(site: Site, *, of_devices: bool = False) -> QuerySet[Incident]:
    """Return the site's open incidents, worst and latest first, with what their rows show.

    Those that another one explains are left out.

    Args:
        of_devices: only those that mean work on a device.

    Returns:
        Incidents, each with ``device_code``, ``worst`` (0 for the worst severity) and ``passage``,
        the primary key as a text of the car that was seen last, where it is about one.
    """
    order = {severity: place for place, severity in enumerate(reversed(RANK))}
    worst = Case(
        *(When(severity=severity, then=Value(place)) for severity, place in order.items()),
        output_field=IntegerField(),
    )
    log = Occurrence.objects.filter(incident=OuterRef("pk")).order_by("-at")
    rows = with_devices(site).exclude(state__in=Incident.ENDED).filter(inhibited_by=None)
    if of_devices:
        rows = rows.filter(kind__in=kinds.codes_of_devices())
    rows = rows.select_related("watch_entry", "rule", "assigned_to", "acked_by")
    rows = rows.annotate(worst=worst, passage=Subquery(log.values(seen=KT("detail__passage"))[:1]))
    return rows.order_by("worst", "-first_at", "-pk")


def owned_by(rows: QuerySet[Incident], owner: str, user: User) -> QuerySet[Incident]:
    """Filter incidents by who is on them: the person assigned, else who acknowledged it."""
    if owner == MINE:
        return rows.filter(Q(assigned_to=user) | Q(assigned_to=None, acked_by=user))
    if owner == NOBODY:
        return rows.filter(assigned_to=None, acked_by=None)
    return rows


def order_key(incident: Incident) -> str:
    """Return a text by which rows sort as `open_incidents` does."""
    latest_first = 10**14 - int(incident.first_at.timestamp() * _MS)
    return f"{RANK[::-1].index(incident.severity)}-{latest_first:014d}-{10**12 - incident.pk:012d}"


def version(values: Iterable[Any]) -> str:
    """Return what differs when one of the `SHOWN` values of an incident does."""
    plain = [each.timestamp() if isinstance(each, datetime) else each for each in values]
    return f"{crc32(repr(plain).encode()):08x}"


def version_of(incident: Incident) -> str:
    """Return the version of an incident's row."""
    return version(getattr(incident, name) for name in SHOWN)


def versions(rows: QuerySet[Incident], most: int) -> dict[int, str]:
    """Return the versions of at most so many incidents by primary key, in their order."""
    found = rows.values_list("pk", *SHOWN)[:most]
    return {pk: version(values) for pk, *values in found}


def positions(rows: QuerySet[Incident], most: int) -> list[Incident]:
    """Return at most so many of the incidents that have a position on the plan."""
    return list(rows.exclude(longitude=None).exclude(latitude=None)[:most])
