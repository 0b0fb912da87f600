"""Shifts: who is on duty, and what one hands over to the next."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import audit, clock, live
from core.errors import Rejection
from core.models import Site, User
from incidents import selectors, timeline, topics
from incidents.escalation.labels import HANDED_OVER, TAKEN_OVER
from incidents.models import HandOver, Incident, Shift

SUBJECT = "shift"


@dataclass(frozen=True)
class Begun:
    """A shift that has begun, and the hand-overs that were taken over with it."""

    shift: Shift
    taken_over: list[HandOver]


def open_shift(site: Site, user: User) -> Shift | None:
    """Return the person's open shift at the site."""
    return Shift.objects.filter(site=site, user=user, ended_at=None).first()


def hand_overs_waiting(site: Site) -> QuerySet[HandOver]:
    """Return the hand-overs that no one has taken over, the earliest first."""
    waiting = HandOver.objects.filter(shift__site=site, taken_over_by=None)
    return waiting.select_related("shift__user").order_by("at", "pk")


def incidents_of(hand_over: HandOver) -> list[Incident]:
    """Return the incidents of a hand-over, the latest first."""
    site = hand_over.shift.site
    return list(selectors.incidents_at(site).filter(pk__in=hand_over.incidents))


@transaction.atomic
def start_shift(site: Site, user: User) -> Begun:
    """Start a person's shift, and take over what waits; an open shift goes on."""
    shift, is_new = Shift.objects.get_or_create(
        site=site, user=user, ended_at=None, defaults={"began_at": clock.now()}
    )
    if is_new:
        audit.record(site, user, "start shift", (SUBJECT, shift.pk))
    live.announce(topics.SHIFT, site.pk, shift.pk)
    return Begun(shift, take_over(site, user))


@transaction.atomic
def end_shift(site: Site, user: User, note: str = "") -> HandOver | None:
    """End a person's shift and hand over the incidents that are open.

    The next who starts a shift takes over, or a colleague on duty who confirms it.

    Returns:
        The hand-over; None where the person has no open shift.
    """
    shift = Shift.objects.select_for_update().filter(site=site, user=user, ended_at=None).first()
    if shift is None:
        return None
    shift.ended_at = max(clock.now(), shift.began_at)
    shift.save(update_fields=["ended_at"])
    open_now = list(selectors.active(site).values_list("pk", flat=True))
    row = HandOver(shift=shift, at=shift.ended_at, note=note.strip(), incidents=open_now)
    row.save()
    audit.record(site, user, "end shift", (SUBJECT, shift.pk), incidents=len(open_now))
    _record_in_timelines(row, user, HANDED_OVER)
    live.announce(topics.SHIFT, site.pk, shift.pk)
    return row


@transaction.atomic
def take_over(site: Site, user: User) -> list[HandOver]:
    """Record that a person on duty has taken over all that waits; return it.

    Raises:
        Rejection: the person is not on duty.
    """
    if open_shift(site, user) is None:
        raise Rejection(
            "shift", "not_on_duty", _("you are not on duty"), _("start your shift first")
        )
    waiting = list(hand_overs_waiting(site).select_for_update(of=("self",)))
    for row in waiting:
        row.taken_over_by, row.taken_over_at = user, clock.now()
        row.save(update_fields=["taken_over_by", "taken_over_at"])
        audit.record(site, user, "take over shift", (SUBJECT, row.shift_id))
        _record_in_timelines(row, user, TAKEN_OVER)
        live.announce(topics.SHIFT, site.pk, row.shift_id)
    return waiting


def _record_in_timelines(row: HandOver, actor: User, code: str) -> None:
    for incident in selectors.active(row.shift.site).filter(pk__in=row.incidents):
        timeline.record(incident, code, actor)
