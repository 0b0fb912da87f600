"""Visitors who are to see the guard: added with a basis, in force once a second person approves."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from access.models import VisitorPass
from core import audit, clock, live, validation
from core.errors import Rejection
from core.holdings import Identity
from core.models import Site, User
from core.plates import fold
from doors.models import VisitorBan
from doors.topics import VISIT
from people.plates import validate_plate

#: As of the watch-list: longer needs another basis and another approval.
LONGEST = timedelta(days=90)


@transaction.atomic
def add_ban(
    site: Site,
    actor: User,
    *,
    basis: str,
    reason: str,
    ends_at: datetime,
    visitor_name: str = "",
    phone: str = "",
    plate: str = "",
    unusual_plate: bool = False,
) -> VisitorBan:
    """Add a visitor who is to see the guard; it takes effect when another person approves it.

    Raises:
        Rejection: nobody is named, no reason is given, the plate is invalid, or the end is not
            ahead or too far.
    """
    validation.require_reason(reason)
    now = clock.now()
    _require_period(now, ends_at)
    _require_named(visitor_name, phone, plate)
    spelled = validate_plate(site, plate, unusual_plate=unusual_plate) if plate.strip() else ""
    ban = VisitorBan.objects.create(
        site=site,
        visitor_name=visitor_name.strip(),
        phone=phone.strip(),
        plate=spelled,
        basis=basis,
        reason=reason.strip(),
        begins_at=now,
        ends_at=ends_at,
        created_by=actor,
    )
    _record(ban, actor, "add visitor ban", reason=ban.reason)
    return ban


@transaction.atomic
def approve_ban(ban: VisitorBan, actor: User) -> VisitorBan:
    """Let a ban take effect; visits of whom it names wait for the guard from now on.

    Raises:
        Rejection: it was approved or has ended, or the same person has added it.
    """
    ban = _locked(ban)
    if ban.approved_by_id is not None or ban.ends_at <= clock.now():
        raise Rejection("ban", "wrong_state", _("this entry is closed"), _("reload the page"))
    if ban.created_by_id == actor.pk:
        raise Rejection(
            "ban",
            "same_person",
            _("whoever has added an entry can't approve it"),
            _("ask a colleague"),
        )
    ban.approved_by, ban.approved_at = actor, clock.now()
    ban.save(update_fields=["approved_by", "approved_at"])
    _record(ban, actor, "approve visitor ban")
    _hold_visits(ban)
    return ban


@transaction.atomic
def end_ban(ban: VisitorBan, actor: User, reason: str) -> VisitorBan:
    """End a ban before its time.

    Raises:
        Rejection: no reason is given, or it has ended.
    """
    validation.require_reason(reason)
    ban = _locked(ban)
    now = clock.now()
    if ban.ends_at <= now:
        raise Rejection("ban", "wrong_state", _("this entry is closed"), _("reload the page"))
    ban.ends_at = max(now, ban.begins_at + timedelta(microseconds=1))
    ban.save(update_fields=["ends_at"])
    _record(ban, actor, "end visitor ban", reason=reason)
    return ban


def bans(site: Site) -> QuerySet[VisitorBan]:
    """Return the bans of a site, with who added and approved them."""
    return VisitorBan.objects.filter(site=site).select_related("created_by", "approved_by", "site")


def is_banned(site: Site, *, name: str, phone: str, plate: str) -> bool:
    """Whether a ban in force names a visitor, by name, phone or plate."""
    now = clock.now()
    rows = VisitorBan.objects.filter(site=site, begins_at__lte=now, ends_at__gt=now)
    return any(
        _names(ban, name, phone, plate) for ban in rows.exclude(approved_by=None).order_by("pk")
    )


def hold(visit: VisitorPass) -> None:
    """Let a visit wait for the guard; call it in a transaction that has locked the visit."""
    visit.state, visit.needs_guard = VisitorPass.State.WAITING, True
    visit.save(update_fields=["state", "needs_guard"])
    live.announce(VISIT, visit.site_id, visit.pk)


def bans_of(identity: Identity) -> QuerySet[VisitorBan]:
    """Return the bans that name a person by phone or plate; a name may be another's."""
    own = {digits for digits in map(_digits, identity.phones) if digits}
    rows = VisitorBan.objects.filter(site=identity.site_id)
    numbers = rows.exclude(phone="").values_list("pk", "phone")
    named = [pk for pk, phone in numbers if _digits(phone) in own]
    return rows.filter(identity.with_plate("plate", "begins_at") | Q(pk__in=named))


def _require_period(now: datetime, ends_at: datetime) -> None:
    validation.require_order(now, ends_at)
    if ends_at > now + LONGEST:
        raise Rejection(
            "ends_at",
            "too_long",
            _("an entry holds for %(days)s days at most") % {"days": LONGEST.days},
            _("choose an earlier end, and renew it with another approval"),
            params={"days": LONGEST.days},
        )


def _require_named(name: str, phone: str, plate: str) -> None:
    if not (name.strip() or _digits(phone) or plate.strip()):
        raise Rejection(
            "visitor_name",
            "missing",
            _("nobody is named"),
            _("enter a name, a phone number or a plate"),
        )


def _names(ban: VisitorBan, name: str, phone: str, plate: str) -> bool:
    own = _digits(ban.phone)
    if own and own == _digits(phone):
        return True
    if ban.plate and plate.strip() and fold(ban.plate) == fold(plate):
        return True
    return bool(ban.visitor_name) and _plain(ban.visitor_name) == _plain(name)


def _hold_visits(ban: VisitorBan) -> None:
    """Let the visits of whom a ban names wait for the guard."""
    ahead = Q(ends_at__gt=clock.now(), cancelled_at=None)
    rows = VisitorPass.objects.filter(ahead, site=ban.site_id).exclude(state="declined")
    for visit in rows.select_for_update(of=("self",)).order_by("pk"):
        if _names(ban, visit.visitor_name, visit.phone, visit.plate):
            hold(visit)


def _digits(phone: str) -> str:
    """Return the last eleven digits of a phone number, so that a country's code says nothing."""
    return "".join(each for each in phone if each.isdecimal())[-11:]


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def _locked(ban: VisitorBan) -> VisitorBan:
    rows = VisitorBan.objects.select_for_update(of=("self",)).select_related("site")
    return rows.get(pk=ban.pk)


def _record(ban: VisitorBan, actor: User, action: str, **detail: object) -> None:
    audit.record(ban.site, actor, action, ("visitor_ban", ban.pk), basis=ban.basis, **detail)
    live.announce(VISIT, ban.site_id)
