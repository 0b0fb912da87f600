"""Read cards, other credentials, and the rights of single people."""

from datetime import datetime

from django.db.models import Max, Q, QuerySet

from core import clock
from core.models import Site
from doors.models import Card, DoorPassage, Right, Token
from people.models import Person
from people.selectors import running

#: Of a number that the table can hold.
MOST_DIGITS = 18


def cards(site: Site) -> QuerySet[Card]:
    """Return the cards of a site with their holders and what these occupy today."""
    rows = Card.objects.filter(site=site).select_related("person")
    return rows.prefetch_related(running(site, "person"))


def cards_of(person: Person) -> QuerySet[Card]:
    """Return all cards of a person, the latest first."""
    return Card.objects.filter(person=person).order_by("-issued_at", "-pk")


def with_number(site: Site, text: str) -> QuerySet[Card]:
    """Return the cards in use with a number, entered as digits or as ``facility-number``."""
    facility, dash, number = text.strip().rpartition("-")
    digits = number.strip()
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= MOST_DIGITS):
        return Card.objects.none()
    rows = Card.objects.filter(site=site, number=int(digits), state__in=Card.IN_USE)
    if dash:
        code = facility.strip()
        if not (code.isascii() and code.isdecimal() and len(code) <= MOST_DIGITS):
            return Card.objects.none()
        rows = rows.filter(facility=int(code))
    return rows.select_related("person").order_by("-pk")


def opening_after(person: Person, at: datetime) -> QuerySet[Card]:
    """Return the cards of a person that would open doors after an instant."""
    day = clock.local(at, person.site.timezone).date()
    lasting = Q(ends_on=None) | Q(ends_on__gt=day)
    states = [Card.State.ACTIVE, Card.State.SUSPENDED]
    return Card.objects.filter(lasting, person=person, state__in=states).order_by("number")


def tokens_of(person: Person) -> QuerySet[Token]:
    """Return all PINs, codes and phones of a person, the latest first."""
    return Token.objects.filter(person=person).order_by("-issued_at", "-pk")


def last_uses(person: Person) -> dict[tuple[str, int | None], datetime]:
    """Return when a person last passed a door with each credential, by means and its key.

    Passages are kept for a while only. A face has no key.
    """
    rows = DoorPassage.objects.filter(person=person, granted=True).order_by()
    found = rows.values_list("means", "card", "token").annotate(last=Max("at"))
    return {(means, card or token): at for means, card, token, at in found}


def tokens_after(person: Person, at: datetime) -> QuerySet[Token]:
    """Return the PINs, codes and phones of a person that would open doors after an instant."""
    day = clock.local(at, person.site.timezone).date()
    lasting = Q(ends_on=None) | Q(ends_on__gt=day)
    states = [Token.State.ACTIVE, Token.State.SUSPENDED]
    return Token.objects.filter(lasting, person=person, state__in=states).order_by("means", "pk")


def rights_after(person: Person, at: datetime) -> QuerySet[Right]:
    """Return the rights of this person alone that hold after an instant, with their groups."""
    lasting = Q(ends_at=None) | Q(ends_at__gt=at)
    rows = Right.objects.filter(lasting, person=person, who=Right.Who.PERSON)
    return rows.select_related("group").order_by("group__code", "pk")
