"""Visitors: a pass for the car that waits at a lane, and those whom residents invite."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access import lists, services
from access.events import PassIssued
from access.models import Decision, Passage, VisitorPass
from core import clock
from core.errors import Rejection
from core.events import publish
from core.models import Site, User
from estate.models import Unit
from people.accounts.homes import Home
from people.accounts.rules import rules_of
from people.models import Person, ResidentRules

#: So many days ahead a visit may begin.
DAYS_AHEAD = 31
#: Residents see passes that ended at most so long ago.
SHOWN_FOR = timedelta(days=30)
_HOUR = timedelta(hours=1)


@transaction.atomic
def admit_visitor(
    passage: Passage, actor: User, *, plate: str, ends_at: datetime, **more: Any
) -> VisitorPass:
    """Issue a visitor pass that begins when the car was seen, and decide about the car again.

    The barrier opens only if the checks permit it: a blocked plate stays outside.

    Args:
        plate: as the guard reads it; it should be the passage's plate.
        more: ``visitor_name`` and ``unusual_plate``, see `access.lists.issue_pass`.

    Raises:
        Rejection: the plate is invalid, or the pass ends before it begins.
    """
    passage = services.lock_passage(passage)
    made = lists.issue_pass(
        passage.site, actor, plate=plate, begins_at=passage.seen_at, ends_at=ends_at, **more
    )
    services.re_evaluate(passage)
    return made


@transaction.atomic
def invite_visitor(
    home: Home,
    host: Person,
    actor: User,
    *,
    begins_at: datetime,
    ends_at: datetime,
    entries_allowed: int = 1,
    **more: Any,
) -> VisitorPass:
    """Issue a pass for a resident's visitor, by the site's rules.

    Args:
        home: to which the visitor comes; the host may invite there.
        begins_at: now, if it has passed.
        more: ``plate``, ``visitor_name``, ``unusual_plate`` and others, see
            `access.lists.issue_pass`.

    Raises:
        Rejection: the host may not invite visitors, a rule is broken, or a value is not valid.
    """
    unit = Unit.objects.select_for_update(no_key=True).get(pk=home.unit.pk)
    rules = rules_of(host.site)
    _require_right(home)
    begins_at = max(begins_at, clock.now())  # time that has passed is not free afterwards
    _require_in_time(rules, begins_at, ends_at)
    _require_few_entries(rules, entries_allowed)
    _require_few_passes(rules, unit)
    return lists.issue_pass(
        host.site,
        actor,
        begins_at=begins_at,
        ends_at=ends_at,
        entries_allowed=entries_allowed,
        free_minutes=rules.pass_free_minutes,
        host=host,
        unit=unit,
        **more,
    )


def passes_of(home: Home) -> QuerySet[VisitorPass]:
    """Return the passes of a home's visitors that are open or ended lately, the latest first."""
    rows = VisitorPass.objects.filter(unit=home.unit, ends_at__gt=clock.now() - SHOWN_FOR)
    return rows.select_related("host", "unit__building").order_by("-begins_at", "-pk")


def expected_at(site: Site) -> QuerySet[VisitorPass]:
    """Return the passes of a site that may still be used, now or later."""
    rows = VisitorPass.objects.filter(
        site=site, state=VisitorPass.State.APPROVED, cancelled_at=None, ends_at__gt=clock.now()
    )
    return rows.filter(entries_used__lt=F("entries_allowed"))


def unit_visited(decision: Decision) -> Unit | None:
    """Return the home whose visitor a car is that a pass has let in; None if none is known."""
    if decision.rule != "visitor_pass":
        return None
    rows = VisitorPass.objects.select_related("unit__building")
    visit = rows.filter(pk=decision.facts.get("entry")).first()
    return visit.unit if visit is not None else None


def passes_left(unit: Unit) -> int | None:
    """Return how many more passes a home may have open; None without a limit."""
    most = rules_of(unit.site).passes_per_home
    return None if most is None else max(most - _open_passes(unit).count(), 0)


def pass_of_link(code: str) -> VisitorPass | None:
    """Return the pass of a visitor's link; None once it can't be used, and nobody is inside."""
    rows = VisitorPass.objects.select_related("site", "unit__building")
    visit = rows.filter(code=code).first()
    if visit is None or visit.cancelled_at is not None or visit.state == visit.State.DECLINED:
        return None
    is_inside = visit.entered_at is not None
    return visit if visit.is_open or visit.is_waiting or is_inside else None


@transaction.atomic
def approve_pass(visit: VisitorPass, actor: User) -> VisitorPass:
    """Approve a visit that waits for it; a car of its plate that waits may come in."""
    visit = (
        VisitorPass.objects.select_for_update(of=("self",)).select_related("site").get(pk=visit.pk)
    )
    visit.state, visit.decided_by, visit.issued_at = visit.State.APPROVED, str(actor), clock.now()
    visit.needs_guard = False
    visit.save(update_fields=["state", "decided_by", "issued_at", "needs_guard"])
    if visit.plate:
        publish(PassIssued(visit.site_id, visit.plate))
        _admit_waiting(visit)
    return visit


@transaction.atomic
def set_plate(
    visit: VisitorPass, actor: User | str, *, plate: str, unusual_plate: bool = False
) -> VisitorPass:
    """Set the plate of a visitor who has not come yet; a car of it that waits may come in.

    Raises:
        Rejection: see `access.lists.set_pass_plate`.
    """
    visit = lists.set_pass_plate(visit, actor, plate, unusual_plate=unusual_plate)
    if visit.is_approved:
        _admit_waiting(visit)
    return visit


def _admit_waiting(visit: VisitorPass) -> None:
    """Decide again about cars of the visit's plate that wait at an entry."""
    waiting = Passage.objects.filter(
        site=visit.site_id,
        plate=visit.plate,
        lane__direction="entry",
        state=Passage.State.HELD,
        ended_at=None,
    )
    for passage in waiting.order_by("pk"):
        services.re_evaluate(passage)


def _open_passes(unit: Unit) -> QuerySet[VisitorPass]:
    """Return the passes of a home that may still be used, or wait for approval."""
    waiting = VisitorPass.objects.filter(
        state=VisitorPass.State.WAITING, cancelled_at=None, ends_at__gt=clock.now()
    )
    return expected_at(unit.site).filter(unit=unit) | waiting.filter(unit=unit)


def _require_right(home: Home) -> None:
    if "may_invite_visitors" not in home.may:
        raise Rejection(
            "plate",
            "not_permitted",
            _("you may not invite visitors for this home"),
            _("ask its owner or tenant"),
        )


def _require_in_time(rules: ResidentRules, begins_at: datetime, ends_at: datetime) -> None:
    now = clock.now()
    if begins_at > now + timedelta(days=DAYS_AHEAD):
        raise Rejection(
            "begins_at",
            "too_far_ahead",
            _("a visit begins within %(days)s days") % {"days": DAYS_AHEAD},
            _("enter an earlier day"),
            params={"days": DAYS_AHEAD},
        )
    if ends_at <= now:
        raise Rejection("ends_at", "past", _("this time has passed"), _("enter a later one"))
    if ends_at - begins_at > rules.pass_hours * _HOUR:
        text = ngettext(
            "a visit lasts %(hours)s hour at most",
            "a visit lasts %(hours)s hours at most",
            rules.pass_hours,
        )
        raise Rejection(
            "ends_at",
            "too_long",
            text % {"hours": rules.pass_hours},
            _("enter an earlier end, or ask the management"),
            params={"hours": rules.pass_hours},
        )


def _require_few_entries(rules: ResidentRules, entries: int) -> None:
    if not 1 <= entries <= rules.pass_entries:
        raise Rejection(
            "entries_allowed",
            "out_of_range",
            _("a pass has between 1 and %(most)s entries here") % {"most": rules.pass_entries},
            _("enter such a number"),
            params={"most": rules.pass_entries},
        )


def _require_few_passes(rules: ResidentRules, unit: Unit) -> None:
    most = rules.passes_per_home
    if most is not None and _open_passes(unit).count() >= most:
        raise Rejection(
            "plate",
            "too_many_passes",
            _("this home has %(most)s open passes, which is the most it may have") % {"most": most},
            _("cancel one of them first, or ask the management"),
            params={"most": most},
        )
