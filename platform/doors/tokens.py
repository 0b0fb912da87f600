"""Issue PINs, codes and phones to people and visitors, and record what becomes of them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from access.models import VisitorPass
from core import audit, clock, live, validation
from core.errors import Rejection
from core.models import Site
from doors import codes
from doors.models import Credential, PinDigest, Token
from doors.topics import TOKEN
from estate.models import Door
from estate.services.common import Actor
from people.models import Person
from people.periods import today

State = Credential.State
Means = Token.Means
#: After so many refusals a PIN is locked.
MOST_REFUSALS = 5
#: Who ends tokens whose last day has passed.
CLOSING = "end of credentials"
_ATTEMPTS = 50


@dataclass(frozen=True)
class _Step:
    """What a token's state may become, from which states, and what the audit log calls it."""

    action: str
    before: tuple[State, ...]
    after: State


_SUSPEND = _Step("suspend credential", (State.ACTIVE,), State.SUSPENDED)
_LOSE = _Step("report credential lost", (State.ACTIVE, State.SUSPENDED), State.LOST)
_REACTIVATE = _Step("reactivate credential", (State.SUSPENDED, State.LOST), State.ACTIVE)
_END = _Step("end credential", Token.IN_USE, State.ENDED)


@transaction.atomic
def issue_pin(
    site: Site, actor: Actor, *, person: Person, ends_on: date | None = None
) -> tuple[Token, str]:
    """Issue a PIN to a person; the former one ends.

    Returns:
        The row, and the PIN, which is shown once and stored nowhere.

    Raises:
        Rejection: the person is not of the site, or the end is not ahead.
    """
    for former in _locked().filter(person=person, means=Means.PIN, state__in=Token.IN_USE):
        _set(former, actor, _END)
    token = _issue(site, actor, person, Means.PIN, ends_on=ends_on)
    return token, _reserve_pin(token)


def issue_code(
    site: Site,
    actor: Actor,
    *,
    person: Person,
    is_static: bool = False,
    ends_on: date | None = None,
) -> Token:
    """Issue a QR code to a person: one that changes every 30 seconds, or a printed one.

    Raises:
        Rejection: the person is not of the site, has a changing code, or the end is not ahead.
    """
    return _issue(site, actor, person, Means.QR, is_static=is_static, ends_on=ends_on)


def issue_phone(site: Site, actor: Actor, *, person: Person, ends_on: date | None = None) -> Token:
    """Let a person open doors by a button in the portal.

    Raises:
        Rejection: the person is not of the site, may do so already, or the end is not ahead.
    """
    return _issue(site, actor, person, Means.PHONE, ends_on=ends_on)


def shown_code(token: Token, at: datetime) -> str:
    """Return the text of a token's QR code at an instant."""
    step = codes.PRINTED if token.is_static else codes.step_of(at)
    return codes.code_of(token.site_id, token.pk, step)


def suspend_token(token: Token, actor: Actor, reason: str) -> Token:
    """Let a credential open no door for the time being.

    Raises:
        Rejection: it is not active, or no reason is given.
    """
    validation.require_reason(reason)
    return _take_step(token, actor, _SUSPEND, reason=reason)


def report_token_lost(token: Token, actor: Actor) -> Token:
    """Record that others may know or have a credential: it opens no door.

    Raises:
        Rejection: it is lost already, or no longer in use.
    """
    return _take_step(token, actor, _LOSE)


def reactivate_token(token: Token, actor: Actor) -> Token:
    """Let a credential that was suspended or lost open doors again.

    Raises:
        Rejection: it is active or no longer in use, or its last day has passed.
    """
    if token.ends_on is not None and token.ends_on <= today(token.site):
        raise Rejection(
            "token", "has_ended", _("its last day has passed"), _("issue a new one instead")
        )
    return _take_step(token, actor, _REACTIVATE)


def end_token(token: Token, actor: Actor) -> Token:
    """End a credential for good; of a PIN, its digits are free.

    Raises:
        Rejection: it has ended.
    """
    return _take_step(token, actor, _END)


@transaction.atomic
def unlock_pin(token: Token, actor: Actor) -> Token:
    """Let a PIN that was refused too often open doors again."""
    token = _locked().get(pk=token.pk)
    token.refusals, token.locked_at = 0, None
    token.save(update_fields=["refusals", "locked_at"])
    _record(token, actor, "unlock PIN")
    return token


@transaction.atomic
def end_tokens_of(person: Person, actor: Actor, at: datetime) -> int:
    """End a person's tokens at an instant, now or ahead; return how many."""
    rows = list(_locked().filter(person=person, state__in=Token.IN_USE).order_by("pk"))
    for token in rows:
        if at <= clock.now():
            _set(token, actor, _END)
        else:
            _end_on(token, actor, clock.local(at, token.site.timezone).date())
    return len(rows)


@transaction.atomic
def end_past_tokens(site: Site, day: date) -> int:
    """End the tokens of a site whose last day has passed by a day; return how many."""
    rows = _locked().filter(site=site, state__in=Token.IN_USE, ends_on__lte=day)
    tokens = list(rows.order_by("pk"))
    for token in tokens:
        _set(token, CLOSING, _END)
    return len(tokens)


@transaction.atomic
def issue_to_visitor(
    visit: VisitorPass,
    actor: Actor,
    *,
    means: Means = Means.QR,
    door: Door | None = None,
    is_single_use: bool = False,
) -> tuple[Token, str]:
    """Issue a printed code or a PIN to a visitor; it holds while the visit does.

    Args:
        door: the one door that it opens; None: those of the visit's rights.
        is_single_use: it ends as soon as it has opened a door.

    Returns:
        The row, and the PIN; empty for a code, which `shown_code` returns at any time.

    Raises:
        Rejection: the visitor has one of this means.
    """
    token = Token(site=visit.site, visit=visit, means=means, is_static=means == Means.QR)
    token.door, token.is_single_use = door, is_single_use
    _insert(token, actor, ends_on=None)
    return token, _reserve_pin(token) if means == Means.PIN else ""


def use_up(token_id: int) -> None:
    """End a credential for a single use, which has opened a door."""
    token = _locked().get(pk=token_id)
    if token.is_in_use:
        _set(token, "single use", _END)


@transaction.atomic
def end_tokens_of_visit(visit: VisitorPass, actor: Actor) -> None:
    """End what a visitor shows at doors."""
    for token in _locked().filter(visit=visit, state__in=Token.IN_USE).order_by("pk"):
        _set(token, actor, _END)


def _issue(
    site: Site,
    actor: Actor,
    person: Person,
    means: Means,
    *,
    ends_on: date | None,
    is_static: bool = False,
) -> Token:
    if person.site_id != site.pk or person.erased_at is not None:
        raise Rejection(
            "person",
            "not_a_choice",
            _("this person is not registered at the site"),
            _("choose one of the site"),
        )
    token = Token(site=site, person=person, means=means, is_static=is_static)
    return _insert(token, actor, ends_on)


def _insert(token: Token, actor: Actor, ends_on: date | None) -> Token:
    begins_on, now = today(token.site), clock.now()
    validation.require_order(begins_on, ends_on, "ends_on")
    token.begins_on, token.ends_on, token.issued_at, token.state_at = begins_on, ends_on, now, now
    try:
        with transaction.atomic():
            token.save(force_insert=True)
    except IntegrityError:
        raise Rejection(
            "person",
            "already_issued",
            _("this person has one already"),
            _("end it first, or reactivate it"),
        ) from None
    _record(token, actor, "issue credential")
    return token


def _reserve_pin(token: Token) -> str:
    """Take a PIN and its twin that nobody else at the site has; return the PIN.

    Raises:
        Rejection: nearly all are taken.
    """
    for _attempt in range(_ATTEMPTS):
        pin = codes.new_pin()
        pair = ((pin, False), (codes.twin_of(pin), True))
        digests = [
            PinDigest(
                site_id=token.site_id,
                token=token,
                digest=codes.pin_digest(token.site_id, each),
                is_duress=is_duress,
            )
            for each, is_duress in pair
        ]
        try:
            with transaction.atomic():
                PinDigest.objects.bulk_create(digests)
        except IntegrityError:
            continue
        return pin
    raise Rejection(
        "person",
        "no_pin_left",
        _("nearly all PINs of the site are in use"),
        _("end PINs that nobody needs"),
    )


@transaction.atomic
def _take_step(token: Token, actor: Actor, step: _Step, **detail: str) -> Token:
    token = _locked().get(pk=token.pk)
    if token.state not in step.before:
        raise Rejection(
            "token",
            "wrong_state",
            _("this credential is in the state “%(state)s”") % {"state": token.get_state_display()},
            _("reload the page"),
        )
    _set(token, actor, step, **detail)
    return token


def _set(token: Token, actor: Actor, step: _Step, **detail: str) -> None:
    token.state, token.state_at = step.after, clock.now()
    token.save(update_fields=["state", "state_at"])
    if not token.is_in_use:
        PinDigest.objects.filter(token=token).delete()
    _record(token, actor, step.action, **detail)


def _end_on(token: Token, actor: Actor, day: date) -> None:
    """Let a token end on a day, unless it ends earlier."""
    before, day = token.ends_on, max(day, token.begins_on + timedelta(days=1))
    if before is not None and before <= day:
        return
    token.ends_on = day
    token.save(update_fields=["ends_on"])
    days = [before.isoformat() if before else None, day.isoformat()]
    _record(token, actor, "change credential end", ends_on=days)


def _locked() -> QuerySet[Token]:
    return Token.objects.select_for_update(of=("self",)).select_related("site")


def _record(token: Token, actor: Actor, action: str, **detail: object) -> None:
    subject = ("door_token", token.pk)
    named = {"visit": token.visit_id} if token.visit_id else {"person": token.person_id}
    audit.record(token.site, actor, action, subject, **named, means=token.means, **detail)
    live.announce(TOKEN, token.site_id, token.pk)
