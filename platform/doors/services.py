"""Issue cards to people, and record what becomes of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import audit, clock, live, undo, validation
from core.errors import Rejection
from core.models import Site
from doors.device_lists import planning
from doors.formats import require_possible
from doors.models import Card, Credential
from doors.topics import CARD
from estate.services.common import Actor
from people.models import Person
from people.periods import today

State = Credential.State
#: Who ends cards whose last day has passed.
CLOSING = "end of cards"


@dataclass(frozen=True)
class _Step:
    """What a card's state may become, from which states, and what the audit log calls it."""

    action: str
    before: tuple[State, ...]
    after: State


_SUSPEND = _Step("suspend card", (State.ACTIVE,), State.SUSPENDED)
_LOSE = _Step("report card lost", (State.ACTIVE, State.SUSPENDED), State.LOST)
_REACTIVATE = _Step("reactivate card", (State.SUSPENDED, State.LOST), State.ACTIVE)
_RETURN = _Step("return card", Card.IN_USE, State.RETURNED)
_END = _Step("end card", (State.ACTIVE, State.SUSPENDED), State.ENDED)


@transaction.atomic
def issue_card(
    site: Site,
    actor: Actor,
    *,
    person: Person,
    number: int,
    format: str = Card.Format.NUMBER,
    facility: int = 0,
    begins_on: date | None = None,
    ends_on: date | None = None,
) -> Card:
    """Issue a card to a person of the site.

    Args:
        format: of `Card.Format`.
        facility: of the Wiegand formats.
        begins_on: the first day on which it opens doors; today by default.
        ends_on: the day from which it no longer does; None for no end.

    Raises:
        Rejection: the person is not of the site, a number is not possible, somebody holds a card
            of this number, or it ends before it begins.
    """
    _require_registered(person, site)
    require_possible(format, facility, number)
    begins_on = begins_on or today(site)
    validation.require_order(begins_on, ends_on, "ends_on")
    now = clock.now()
    card = Card(site=site, person=person, format=format, facility=facility, number=number)
    card.begins_on, card.ends_on, card.issued_at, card.state_at = begins_on, ends_on, now, now
    _insert(card)
    _record(card, actor, "issue card")
    return card


def suspend_card(card: Card, actor: Actor, reason: str) -> Card:
    """Let a card open no door for the time being.

    Raises:
        Rejection: it is not active, or no reason is given.
    """
    validation.require_reason(reason)
    return _take_step(card, actor, _SUSPEND, reason=reason)


def report_lost(card: Card, actor: Actor) -> Card:
    """Record that a card was lost: it opens no door, and its number stays the holder's.

    Raises:
        Rejection: it is lost already, or no longer in use.
    """
    return _take_step(card, actor, _LOSE)


def reactivate_card(card: Card, actor: Actor) -> Card:
    """Let a card that was suspended, or lost and found again, open doors.

    Raises:
        Rejection: it is active or no longer in use, or its last day has passed.
    """
    if card.ends_on is not None and card.ends_on <= today(card.site):
        raise Rejection(
            "card", "has_ended", _("its last day has passed"), _("change its last day first")
        )
    return _take_step(card, actor, _REACTIVATE)


def return_card(card: Card, actor: Actor) -> Card:
    """Take a card back; its number may be issued again.

    Raises:
        Rejection: it is no longer in use.
    """
    return _take_step(card, actor, _RETURN)


@transaction.atomic
def change_card_end(card: Card, actor: Actor, ends_on: date | None) -> Card:
    """Set another end of a card that is in use; None for no end.

    Raises:
        Rejection: the card is no longer in use, or the new end is not ahead.
    """
    card = _lock(card)
    if not card.is_in_use:
        raise _wrong_state(card)
    validation.require_order(max(card.begins_on, today(card.site)), ends_on, "ends_on")
    before, card.ends_on = card.ends_on, ends_on
    card.save(update_fields=["ends_on"])
    _record(card, actor, "change card end", ends_on=[plain(before), plain(ends_on)])
    return card


@transaction.atomic
def return_cards(cards: Iterable[Card], actor: Actor) -> undo.Changes:
    """Take back those of the cards that are in use; return their changes."""
    rows = _locked().filter(pk__in=[each.pk for each in cards], state__in=Card.IN_USE)
    fields = ["state", "state_at"]
    return undo.record_changes(rows.order_by("pk"), fields, lambda card: _set(card, actor, _RETURN))


@transaction.atomic
def undo_return(site: Site, actor: Actor, changes: undo.Changes) -> None:
    """Undo `return_cards`: each card is in the state that it had.

    Raises:
        Rejection: one was changed since, or its number was issued again.
    """
    for card, before in undo.unchanged_rows(_locked().filter(site=site), changes):
        card.state, card.state_at = before["state"], before["state_at"]
        try:
            with transaction.atomic():
                card.save(update_fields=["state", "state_at"])
        except IntegrityError:
            raise taken(card) from None
        _record(card, actor, "undo card return")


@transaction.atomic
def end_cards_of(person: Person, actor: Actor, at: datetime) -> int:
    """End a person's cards at an instant, now or ahead; return how many.

    Those of an instant ahead get their last day, and the nightly job ends them. A lost card stays
    lost.
    """
    rows = _locked().filter(person=person, state__in=_END.before).order_by("pk")
    cards = list(rows)
    for card in cards:
        if at <= clock.now():
            _set(card, actor, _END)
        else:
            _end_on(card, actor, clock.local(at, card.site.timezone).date())
    return len(cards)


@transaction.atomic
def end_past_cards(site: Site, day: date) -> int:
    """End the cards of a site whose last day has passed by a day; return how many."""
    rows = _locked().filter(site=site, state__in=_END.before, ends_on__lte=day)
    cards = list(rows.order_by("pk"))
    for card in cards:
        _set(card, CLOSING, _END)
    return len(cards)


def taken(card: Card) -> Rejection:
    """Return the rejection of a number that a card in use has, with its holder's name."""
    own = {"site": card.site, "format": card.format, "facility": card.facility}
    rows = Card.objects.filter(**own, number=card.number, state__in=Card.IN_USE)
    other = rows.select_related("person").first()
    return held_by(other.person.name if other else "–")


def held_by(name: str) -> Rejection:
    """Return the rejection of a number of a card that a person of that name holds."""
    params = {"name": name}
    return Rejection(
        "number",
        "already_issued",
        _("%(name)s holds the card of this number") % params,
        _("record its return first, or correct the number"),
        params=params,
    )


@transaction.atomic
def _take_step(card: Card, actor: Actor, step: _Step, **detail: str) -> Card:
    card = _lock(card)
    if card.state not in step.before:
        raise _wrong_state(card)
    _set(card, actor, step, **detail)
    return card


def _set(card: Card, actor: Actor, step: _Step, **detail: str) -> None:
    card.state, card.state_at = step.after, clock.now()
    card.save(update_fields=["state", "state_at"])
    _record(card, actor, step.action, **detail)


def _end_on(card: Card, actor: Actor, day: date) -> None:
    """Let a card end on a day, unless it ends earlier."""
    before, day = card.ends_on, max(day, card.begins_on + timedelta(days=1))
    if before is not None and before <= day:
        return
    card.ends_on = day
    card.save(update_fields=["ends_on"])
    _record(card, actor, "change card end", ends_on=[plain(before), plain(day)])


def _require_registered(person: Person, site: Site) -> None:
    if person.site_id != site.pk or person.erased_at is not None:
        raise Rejection(
            "person",
            "not_a_choice",
            _("this person is not registered at the site"),
            _("choose one of the site"),
        )


def _insert(card: Card) -> None:
    try:
        with transaction.atomic():
            card.save(force_insert=True)
    except IntegrityError:
        raise taken(card) from None


def _record(card: Card, actor: Actor, action: str, **detail: object) -> None:
    subject = ("card", card.pk)
    audit.record(card.site, actor, action, subject, person=card.person_id, **detail)
    live.announce(CARD, card.site_id, card.pk)
    planning.refresh_people_later(card.site_id, [card.person_id])


def _locked() -> QuerySet[Card]:
    return Card.objects.select_for_update(of=("self",)).select_related("site")


def _lock(card: Card) -> Card:
    return _locked().select_related("person").get(pk=card.pk)


def _wrong_state(card: Card) -> Rejection:
    return Rejection(
        "card",
        "wrong_state",
        _("this card is in the state “%(state)s”") % {"state": card.get_state_display()},
        _("reload the page"),
    )


def plain(day: date | None) -> str | None:
    """Return a day as the audit log and an import's effects have it."""
    return day.isoformat() if day else None
