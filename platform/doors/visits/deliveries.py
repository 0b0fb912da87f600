"""Codes for deliveries: one door or parcel shelf, once, within ten minutes."""

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from access import lists
from access.models import VisitorPass
from core import audit, clock, live
from core.errors import Rejection
from core.models import User
from doors import granting, tokens
from doors.granting import Holder
from doors.models import Right, Token
from doors.topics import VISIT
from doors.visits import rules
from estate.models import Door, DoorGroup, Unit
from people.models import Person

VALID_FOR = timedelta(minutes=10)


@transaction.atomic
def issue_delivery_code(
    door: Door, actor: User, *, unit: Unit | None = None, host: Person | None = None, name: str = ""
) -> tuple[VisitorPass, str]:
    """Issue a PIN that opens one door once within ten minutes.

    Args:
        unit: to which something is delivered; its residents open doors that visitors may use.
        host: who has asked for it; with one, the door is one that the unit's visitors may get.
        name: of who delivers.

    Returns:
        The visit, and the PIN, which is shown once.

    Raises:
        Rejection: the door isn't offered, or the home has as many visits as it may have.
    """
    group = _group_of(door, unit if host is not None else None)
    now = clock.now()
    if unit is not None:
        unit = _locked(unit)
        rules.require_few_on_day(unit, now)
    visit = lists.issue_pass(
        door.site,
        actor,
        plate="",
        visitor_name=name.strip() or _("Delivery"),
        begins_at=now,
        ends_at=now + VALID_FOR,
        reason=VisitorPass.Reason.DELIVERY,
        unit=unit,
        host=host,
    )
    holder, origin = Holder(visit=visit), Right.Origin.VISIT
    granting.grant(group, actor, holder, origin=origin, begins_at=now, ends_at=visit.ends_at)
    _token, pin = tokens.issue_to_visitor(
        visit, actor, means=Token.Means.PIN, door=door, is_single_use=True
    )
    audit.record(
        door.site, actor, "issue delivery code", ("visitor_pass", visit.pk), door=door.name
    )
    live.announce(VISIT, door.site_id, visit.pk)
    return visit, pin


def doors_for(unit: Unit) -> list[Door]:
    """Return the doors that a resident may open for a delivery, by code."""
    rows = Door.objects.in_use().filter(groups__in=rules.groups_for(unit))
    return list(rows.distinct().order_by("code"))


def _group_of(door: Door, unit: Unit | None) -> DoorGroup:
    groups = DoorGroup.objects.in_use() if unit is None else rules.groups_for(unit)
    found = groups.filter(doors=door).order_by("code").first()
    if found is None:
        raise Rejection(
            "door",
            "not_a_choice",
            _("this door is not open to visitors"),
            _("choose another one"),
        )
    return found


def _locked(unit: Unit) -> Unit:
    rows = Unit.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("building__site").get(pk=unit.pk)
