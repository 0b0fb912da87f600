"""Invite, approve, extend and end visits; the pass for the car is part of the visit."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from access import lists, visitors
from access.models import VisitorPass
from core import audit, clock, live, validation
from core.errors import Rejection
from core.ids import ordered_id
from core.models import Site, User
from doors import granting, tokens
from doors.granting import Holder
from doors.models import Right, Token
from doors.topics import VISIT
from doors.visits import bans, entries, notices, rules
from doors.visits.entries import locked
from estate.models import Door, DoorGroup, Unit
from estate.services.common import Actor
from people.accounts.homes import Home
from people.accounts.rules import rules_of
from people.models import Person

State = VisitorPass.State
Reason = VisitorPass.Reason
#: Who asks at a door, as the audit log has it.
VISITOR = "visitor"
#: A visit that somebody has asked for at a door lasts so long.
ASKED_FOR = timedelta(hours=4)
_LONGEST_BY_STAFF = timedelta(days=366)


@transaction.atomic
def invite(
    home: Home,
    host: Person,
    actor: User,
    *,
    groups: Iterable[DoorGroup] = (),
    reason: str = Reason.VISIT,
    companions: int = 0,
    phone: str = "",
    **more: Any,
) -> VisitorPass:
    """Invite a resident's visitor, by the site's rules; the staff approve what these ask for.

    Args:
        home: to which the visitor comes.
        groups: the doors that open for the visitor; of those of `rules.groups_for`.
        more: see `access.visitors.invite_visitor`.

    Raises:
        Rejection: the host may not invite visitors, a rule or a limit is broken, a door is not
            offered, or a value is not valid.
    """
    unit = _locked_unit(home.unit)
    rules.require_companions(host.site, companions)
    rules.require_few_on_day(unit, max(more["begins_at"], clock.now()))
    chosen = _offered(unit, groups)
    columns = _columns(host.site, reason=reason, companions=companions, phone=phone, **more)
    visit = visitors.invite_visitor(home, host, actor, **{**more, **columns})
    return _begin(visit, actor, chosen)


@transaction.atomic
def issue_at_desk(
    site: Site,
    actor: User,
    *,
    ends_at: datetime,
    begins_at: datetime | None = None,
    groups: Iterable[DoorGroup] = (),
    unit: Unit | None = None,
    reason: str = Reason.VISIT,
    **more: Any,
) -> VisitorPass:
    """Issue a pass at the guard's desk, which needs no further approval, unless of a ban.

    Args:
        begins_at: now by default.
        more: columns of `VisitorPass`, and ``unusual_plate``.

    Raises:
        Rejection: neither name nor plate is given, the end is not ahead or too far, or a value is
            not valid.
    """
    begins_at = begins_at or clock.now()
    _require_end(begins_at, ends_at)
    columns = _columns(site, reason=reason, by_staff=True, **more)
    more.setdefault("plate", "")
    more.setdefault("free_minutes", rules_of(site).pass_free_minutes)
    visit = lists.issue_pass(
        site, actor, begins_at=begins_at, ends_at=ends_at, unit=unit, **{**more, **columns}
    )
    return _begin(visit, actor, groups)


@transaction.atomic
def ask(
    door: Door, unit: Unit, *, visitor_name: str, reason: str = Reason.VISIT, **more: Any
) -> VisitorPass:
    """Record that a visitor asks at a door; the host approves it, or the guard.

    Args:
        more: ``phone``, ``plate``, ``unusual_plate`` and ``companions``.

    Raises:
        Rejection: the site does not offer this, the home has as many visits as it may have, or a
            value is not valid.
    """
    site = door.site
    if not rules.visit_rules(site).asks_at_door:
        raise Rejection(
            "visitor_name",
            "not_offered",
            _("visitors do not ask at this door"),
            _("please see the guard"),
        )
    unit = _locked_unit(unit)
    now = clock.now()
    rules.require_companions(site, more.get("companions", 0))
    rules.require_few_on_day(unit, now)
    columns = _columns(site, reason=reason, visitor_name=visitor_name, **more)
    columns["state"] = State.WAITING
    more.setdefault("plate", "")
    visit = lists.issue_pass(
        site,
        VISITOR,
        begins_at=now,
        ends_at=now + ASKED_FOR,
        unit=unit,
        asked_at=door,
        visitor_name=visitor_name,
        free_minutes=rules_of(site).pass_free_minutes,
        **{**more, **columns},
    )
    return _begin(visit, VISITOR, rules.groups_for(unit))


@transaction.atomic
def approve(visit: VisitorPass, actor: User, *, by_host: bool = False) -> VisitorPass:
    """Approve a visit that waits for it.

    Args:
        by_host: a resident approves; what the staff approve is left to them.

    Raises:
        Rejection: it does not wait, is for the staff to approve, or a contractor has not accepted
            the rules or left the deposit that the site asks for.
    """
    visit = locked(visit.pk)
    _require_waiting(visit)
    if not by_host:
        _require_ready(visit)
    elif is_for_staff(visit):
        raise Rejection(
            "visit", "for_staff", _("the management approves this visit"), _("ask the management")
        )
    visit = visitors.approve_pass(visit, actor)
    _record(visit, actor, "approve visit")
    return visit


@transaction.atomic
def decline(visit: VisitorPass, actor: User) -> VisitorPass:
    """Decline a visit that waits for approval.

    Raises:
        Rejection: it does not wait.
    """
    visit = locked(visit.pk)
    _require_waiting(visit)
    visit.state, visit.decided_by = State.DECLINED, str(actor)
    visit.save(update_fields=["state", "decided_by"])
    tokens.end_tokens_of_visit(visit, actor)
    _record(visit, actor, "decline visit")
    return visit


@transaction.atomic
def end(visit: VisitorPass, actor: User) -> VisitorPass:
    """End a visit now: nothing opens for it any more, except on the way out."""
    visit = lists.cancel_pass(visit, actor)
    live.announce(VISIT, visit.site_id, visit.pk)
    return visit


@transaction.atomic
def extend(visit: VisitorPass, actor: User, ends_at: datetime) -> VisitorPass:
    """Set a later end of a visit, with the rights that it has.

    Raises:
        Rejection: it was cancelled, or the end is not ahead of the present one or too far.
    """
    visit = locked(visit.pk)
    if visit.cancelled_at is not None or visit.state == State.DECLINED:
        raise _closed()
    _require_end(max(visit.begins_at, clock.now()), ends_at)
    before, visit.ends_at = visit.ends_at, ends_at
    visit.save(update_fields=["ends_at"])
    Right.objects.filter(visit=visit).update(ends_at=ends_at)
    _record(visit, actor, "extend visit", ends_at=[before.isoformat(), ends_at.isoformat()])
    return visit


@transaction.atomic
def note_left(visit: VisitorPass, actor: User) -> VisitorPass:
    """Note that a visitor has left whom no reader and no lane has seen.

    Raises:
        Rejection: nobody is inside.
    """
    if locked(visit.pk).entered_at is None:
        raise Rejection(
            "visit", "not_inside", _("this visitor is not inside"), _("reload the page")
        )
    now = clock.now()
    visit = entries.cross(visit.pk, key=f"desk:{ordered_id()}", at=now, way="out", kind="gate")
    _record(visit, actor, "note visitor left")
    return visit


@transaction.atomic
def set_plate(visit: VisitorPass, actor: Actor, **plate: Any) -> VisitorPass:
    """Set the plate of a visitor who has not come yet; one that a ban names waits for the guard.

    Args:
        plate: ``plate`` and ``unusual_plate``.

    Raises:
        Rejection: see `access.visitors.set_plate`.
    """
    visit = locked(visit.pk)
    if bans.is_banned(visit.site, name="", phone="", plate=plate["plate"]):
        bans.hold(visit)
    visit = visitors.set_plate(visit, actor, **plate)
    live.announce(VISIT, visit.site_id, visit.pk)
    return visit


@transaction.atomic
def sign_rules(visit: VisitorPass, actor: Actor) -> VisitorPass:
    """Record that a visitor accepts the rules of the site; once is enough."""
    visit = locked(visit.pk)
    if visit.rules_signed_at is None:
        visit.rules_signed_at = clock.now()
        visit.save(update_fields=["rules_signed_at"])
        _record(visit, actor, "accept rules for visitors")
    return visit


@transaction.atomic
def note_deposit(visit: VisitorPass, actor: User, receipt: str) -> VisitorPass:
    """Note the number of the receipt of a deposit.

    Raises:
        Rejection: no number is given.
    """
    if not receipt.strip():
        raise Rejection(
            "receipt", "missing", _("no number is given"), _("enter the receipt's number")
        )
    visit = locked(visit.pk)
    visit.deposit_receipt = receipt.strip()[:40]
    visit.save(update_fields=["deposit_receipt"])
    _record(visit, actor, "note deposit of visitor", receipt=visit.deposit_receipt)
    return visit


def code_of(visit: VisitorPass) -> str:
    """Return the text of a visitor's code, which is issued when it is first needed."""
    rows = Token.objects.filter(visit=visit, means=Token.Means.QR, state__in=Token.IN_USE)
    token = rows.select_related("site").first()
    if token is None:
        token, _pin = tokens.issue_to_visitor(visit, VISITOR)
    return tokens.shown_code(token, clock.now())


def is_for_staff(visit: VisitorPass) -> bool:
    """Whether a visit is for the staff to approve, and not for the host."""
    by_reason = rules.needs_approval(visit.site, visit.reason)
    return visit.needs_guard or by_reason or bool(rules.asked_of_contractor(visit))


def _begin(visit: VisitorPass, actor: Actor, groups: Iterable[DoorGroup]) -> VisitorPass:
    """Give a visit its code and its rights, and tell those who have to approve it.

    Rights and code open nothing before the visit is approved.
    """
    tokens.issue_to_visitor(visit, actor)
    for group in groups:
        granting.grant(
            group,
            actor,
            Holder(visit=visit),
            origin=Right.Origin.VISIT,
            begins_at=visit.begins_at,
            ends_at=visit.ends_at,
        )
    if visit.state == State.WAITING:
        notices.tell_of_request(visit)
    live.announce(VISIT, visit.site_id, visit.pk)
    return visit


def _columns(
    site: Site,
    *,
    reason: str,
    companions: int = 0,
    phone: str = "",
    by_staff: bool = False,
    **more: Any,
) -> dict[str, Any]:
    """Return the columns of a visit, waiting for approval where a rule or a ban says so."""
    is_banned = bans.is_banned(
        site, name=more.get("visitor_name", ""), phone=phone, plate=more.get("plate", "")
    )
    asked = rules.visit_rules(site)
    is_asked = reason == Reason.CONTRACTOR and (asked.contractors_sign or asked.contractors_deposit)
    waits = is_banned or is_asked or (not by_staff and reason in asked.approved_by_staff)
    return {
        "reason": reason,
        "companions": companions,
        "phone": phone.strip(),
        "needs_guard": is_banned,
        "state": State.WAITING if waits else State.APPROVED,
    }


def _offered(unit: Unit, groups: Iterable[DoorGroup]) -> list[DoorGroup]:
    wanted = {each.pk for each in groups}
    found = list(rules.groups_for(unit).filter(pk__in=wanted))
    if len(found) < len(wanted):
        raise Rejection(
            "groups",
            "not_a_choice",
            _("these doors are not open to visitors of this home"),
            _("choose others"),
        )
    return found


def _locked_unit(unit: Unit) -> Unit:
    rows = Unit.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("building__site").get(pk=unit.pk)


def _require_end(begins_at: datetime, ends_at: datetime) -> None:
    validation.require_order(begins_at, ends_at)
    if ends_at <= clock.now():
        raise Rejection("ends_at", "past", _("this time has passed"), _("enter a later one"))
    if ends_at - begins_at > _LONGEST_BY_STAFF:
        raise Rejection(
            "ends_at", "too_long", _("a visit lasts a year at most"), _("enter an earlier end")
        )


def _require_waiting(visit: VisitorPass) -> None:
    if not visit.is_waiting:
        raise _closed()


def _require_ready(visit: VisitorPass) -> None:
    """Raise a Rejection if a contractor has not done what the site asks for."""
    missing = rules.asked_of_contractor(visit)
    if "rules" in missing:
        raise Rejection(
            "visit",
            "rules_not_accepted",
            _("the contractor has not accepted the rules"),
            _("let them accept the rules by their link, or at the desk"),
        )
    if "deposit" in missing:
        raise Rejection(
            "visit", "no_deposit", _("no deposit is noted"), _("note the receipt of the deposit")
        )


def _closed() -> Rejection:
    return Rejection(
        "visit",
        "wrong_state",
        _("somebody has decided about this visit, or its time is over"),
        _("reload the page"),
    )


def _record(visit: VisitorPass, actor: Actor, action: str, **detail: object) -> None:
    audit.record(visit.site, actor, action, ("visitor_pass", visit.pk), **detail)
    live.announce(VISIT, visit.site_id, visit.pk)
