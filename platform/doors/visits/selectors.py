"""Read visits: who is expected, inside, overdue or waits; and the door of a poster."""

import re
from datetime import timedelta

from django.core import signing
from django.db.models import Q, QuerySet

from access.models import VisitorPass
from core import clock
from core.models import Site
from doors.models import DoorPassage, Token
from estate.models import Door, Unit
from people.accounts.homes import Home

_SALT = "doors.visits.ask"
_PARTS = re.compile(r"[\s\-–—/·栋幢号室]+")


def visits(site: Site) -> QuerySet[VisitorPass]:
    """Return all visits of a site with whom they are for."""
    rows = VisitorPass.objects.filter(site=site)
    return rows.select_related("site", "unit__building", "host", "company", "asked_at")


def is_waiting() -> Q:
    """Return the condition on visits that somebody has to approve."""
    waiting = Q(state=VisitorPass.State.WAITING, cancelled_at=None)
    return waiting & Q(ends_at__gt=clock.now())


def is_inside() -> Q:
    """Return the condition on visits whose visitors are inside."""
    return Q(entered_at__isnull=False)


def is_overdue() -> Q:
    """Return the condition on visits whose visitors are inside and should have left."""
    return Q(entered_at__isnull=False) & Q(ends_at__lte=clock.now())


def is_today(site: Site) -> Q:
    """Return the condition on approved visits of the site's day."""
    today = clock.local(clock.now(), site.timezone).date()
    begin = clock.midnight(today, site.timezone)
    end = clock.midnight(today + timedelta(days=1), site.timezone)
    approved = Q(state=VisitorPass.State.APPROVED, cancelled_at=None)
    return approved & Q(begins_at__lt=end, ends_at__gt=begin)


def is_later(site: Site) -> Q:
    """Return the condition on approved visits that begin after the site's day."""
    tomorrow = clock.local(clock.now(), site.timezone).date() + timedelta(days=1)
    approved = Q(state=VisitorPass.State.APPROVED, cancelled_at=None)
    return approved & Q(begins_at__gte=clock.midnight(tomorrow, site.timezone))


def waiting_for(home: Home) -> QuerySet[VisitorPass]:
    """Return the visits to a home that somebody has to approve, the oldest first."""
    return visits(home.unit.building.site).filter(is_waiting(), unit=home.unit).order_by("pk")


def passages_of(visit: VisitorPass) -> QuerySet[DoorPassage]:
    """Return where a visitor was at doors, the latest first."""
    return visit.door_passages.select_related("door").order_by("-at", "-pk")


def doors_of(visit: VisitorPass) -> list[Door]:
    """Return the doors that open for a visitor, by code."""
    only = Token.objects.filter(visit=visit, door__isnull=False).values("door")
    rows = Door.objects.in_use().filter(groups__rights__visit=visit)
    if only.exists():
        rows = rows.filter(pk__in=only)
    return list(rows.distinct().order_by("code"))


def poster_token(door: Door) -> str:
    """Return what a poster's address names a door by; it can't be made up."""
    return signing.Signer(salt=_SALT).sign(str(door.pk))


def door_of_poster(token: str) -> Door | None:
    """Return the door in use of a poster; None for an address that we have not made."""
    try:
        pk = signing.Signer(salt=_SALT).unsign(token)
    except signing.BadSignature:
        return None
    rows = Door.objects.in_use().select_related("site", "building")
    return rows.filter(pk=int(pk)).first()


def unit_called(door: Door, text: str) -> Unit | None:
    """Return the unit that a visitor names at a door, such as ``3-1202``, or ``1202`` inside 3."""
    parts = [part for part in _PARTS.split(text.strip()) if part]
    rows = Unit.objects.in_use().filter(building__site=door.site_id, building__ended_at=None)
    if len(parts) == 1 and door.building_id is not None:
        return rows.filter(building=door.building_id, code__iexact=parts[0]).first()
    if len(parts) != 2:
        return None
    return rows.filter(building__code__iexact=parts[0], code__iexact=parts[1]).first()
