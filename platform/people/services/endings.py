"""Extend occupancies, and carry out ends that were entered in advance when their day has come."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import audit, clock
from core.errors import Rejection
from core.models import Site
from estate.models import Unit
from estate.services import set_unit_state
from estate.services.common import Actor
from people.models import Occupancy, PayerPeriod
from people.periods import today
from people.services.moves import fresh, lock, publish_ending
from people.services.plans import (
    NewOccupancy,
    at_place,
    ending_rights,
    following_state,
    require_possible,
    require_shares,
)

ACTOR = "end of occupancies"


@dataclass(frozen=True)
class Extension:
    """What an extension of an occupancy changes.

    Attributes:
        occupancy: the one that goes on.
        before, after: its ends; None after for no end.
        payers: the periods of paying that go on with it, with their new ends.
    """

    occupancy: Occupancy
    before: date
    after: date | None
    payers: tuple[tuple[PayerPeriod, date | None], ...]


def plan_extension(occupancy: Occupancy, *, ends_on: date | None) -> Extension:
    """Return what `extend_occupancy` would change.

    Raises:
        Rejection: see `extend_occupancy`.
    """
    before = _extensible_end(occupancy, ends_on)
    place, holder = occupancy.place, occupancy.holder
    new = NewOccupancy(holder, occupancy.role, occupancy.share, ends_on)
    require_possible(place, before, new, [])
    require_shares(place, before, [new], [])
    periods = occupancy.payer_periods.filter(ends_on=before).order_by("fee_kind")
    payers = tuple((period, _free_until(period, ends_on)) for period in periods)
    return Extension(occupancy, before, ends_on, payers)


@transaction.atomic
def extend_occupancy(occupancy: Occupancy, actor: Actor, *, ends_on: date | None) -> Occupancy:
    """Let an occupancy that has not ended run for longer, with the fees that it pays until then.

    Args:
        ends_on: the new first day on which it no longer holds; None for no end.

    Raises:
        Rejection: it has ended or has no end, the new end is not later, the holder has another
            occupancy there by then, or the shares of the owners would be too much.
    """
    lock(occupancy.place, [occupancy.holder])
    occupancy = fresh(occupancy)
    plan = plan_extension(occupancy, ends_on=ends_on)
    occupancy.ends_on = ends_on
    occupancy.save(update_fields=["ends_on"])
    for period, until in plan.payers:
        period.ends_on = until
        period.save(update_fields=["ends_on"])
    _record_extension(plan, actor)
    return occupancy


def _record_extension(plan: Extension, actor: Actor) -> None:
    place, holder = plan.occupancy.place, plan.occupancy.holder
    after = plan.after.isoformat() if plan.after else None
    for subject in ((place.kind, place.pk), (str(holder._meta.model_name), holder.pk)):
        detail = {"ends_on": [plan.before.isoformat(), after]}
        audit.record(place.site, actor, "extend occupancy", subject, **detail)


def close_ended(site: Site, day: date) -> int:
    """Carry out the ends of a site's occupancies that have come by a day; return how many.

    Whoever has no other occupancy loses the rights that hang on it, and a unit in which nobody
    lives any more is vacant.
    """
    closed = 0
    for occupancy in _to_close(site, day):
        closed += _close(occupancy, day)
    return closed


@transaction.atomic
def _close(occupancy: Occupancy, day: date) -> bool:
    place = occupancy.place
    lock(place, [occupancy.holder])
    due = _to_close(place.site, day).filter(pk=occupancy.pk).first()
    if due is None or due.ends_on is None:
        return False
    if isinstance(place, Unit) and place.ended_at is None:
        later = place.states.filter(begins_on__gte=due.ends_on).exists()
        state = "" if later else following_state(place, due.ends_on, (), [due])
        if state:
            set_unit_state(place, ACTOR, state=state, begins_on=due.ends_on)
    if not due.keeps_rights:
        for ending in ending_rights(place, due.ends_on, (), [due]):
            publish_ending(ending, place.site, ACTOR)
    due.closed_at = clock.now()
    due.save(update_fields=["closed_at"])
    return True


def _to_close(site: Site, day: date) -> QuerySet[Occupancy]:
    rows = Occupancy.objects.filter(site=site, ends_on__lte=day, closed_at=None)
    rows = rows.select_related("site", "person", "company", "unit__building__site")
    return rows.select_related("bay__lot__site").order_by("ends_on", "pk")


def _extensible_end(occupancy: Occupancy, ends_on: date | None) -> date:
    before = occupancy.ends_on
    if before is None or before <= today(occupancy.site):
        problem = _("it has no end") if before is None else _("this has ended already")
        raise Rejection("ends_on", "not_extensible", problem, _("choose another one"))
    if ends_on is not None and ends_on <= before:
        raise Rejection(
            "ends_on",
            "not_later",
            _("the new end is not later"),
            _("choose a later end, or register a move-out"),
        )
    return before


def _free_until(period: PayerPeriod, ends_on: date | None) -> date | None:
    """Return until when a payer can go on: until another one begins, or the occupancy ends."""
    place = at_place(period.occupancy.place)
    own = PayerPeriod.objects.filter(fee_kind=period.fee_kind, **place)
    later = own.filter(begins_on__gte=period.ends_on).order_by("begins_on").first()
    if later is None:
        return ends_on
    return later.begins_on if ends_on is None else min(later.begins_on, ends_on)
