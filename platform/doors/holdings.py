"""What this room holds of people: credentials, rights, passages at doors."""

from collections.abc import Iterator

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.fields.json import KT

from access.models import VisitorPass
from core import clock, holdings
from core.holdings import Erased, Identity, Row
from doors.faces import removals
from doors.models import (
    Card,
    DoorPassage,
    FacePhoto,
    FaceTemplate,
    LastPass,
    MusterMark,
    Presence,
    Right,
    Token,
    VisitCrossing,
)
from doors.visits import bans


def export(identity: Identity) -> Iterator[tuple[str, list[Row]]]:
    """Yield the person's cards and other credentials, rights, and passages at doors."""
    cards = _cards(identity).annotate(card_number=F("number")).order_by("issued_at")
    fields = ("format", "facility", "card_number", "state", "issued_at", "begins_on", "ends_on")
    yield "cards", holdings.rows_of(cards, *fields)
    tokens = _tokens(identity).order_by("issued_at")
    kept = ("means", "state", "issued_at", "begins_on", "ends_on")
    yield "door credentials", holdings.rows_of(tokens, *kept)
    rights = _rights(identity).order_by("begins_at")
    yield "door rights", holdings.rows_of(rights, "group__name", "begins_at", "ends_at", "reason")
    # What is encrypted stays so: a photo or a template in an export would be one more copy.
    faces = FaceTemplate.objects.filter(person=identity.person_id).order_by("enrolled_at")
    yield "face at doors", holdings.rows_of(faces, "enrolled_at", "enrolled_by", "ends_at")
    photos = FacePhoto.objects.filter(person=identity.person_id).order_by("taken_at")
    yield "face photo for terminals", holdings.rows_of(photos, "taken_at")
    passages = _passages(identity).order_by("at")
    yield "door passages", holdings.rows_of(passages, "at", "door__name", "means", "direction")
    opened = holdings.with_terms(_opened(identity), identity, "facts").order_by("at")
    marks = MusterMark.objects.filter(person=identity.person_id).order_by("at")
    yield "safe at musters", holdings.rows_of(marks, "at")
    reasons = opened.annotate(reason=KT("facts__reason"))
    yield "reasons at doors", holdings.rows_of(reasons, "at", "door__name", "reason")
    crossings = _crossings(identity).order_by("at", "pk")
    yield "entries as a visitor", holdings.rows_of(crossings, "at", "kind", "way")
    named = bans.bans_of(identity).order_by("begins_at", "pk")
    told = ("visitor_name", "phone", "plate", "basis", "reason", "begins_at", "ends_at")
    yield "visitor bans", holdings.rows_of(named, *told)


def erase(identity: Identity) -> Erased:
    """Delete what the person had and where they went; passages of an incident stay."""
    evidence = _passages(identity).filter(evidence=True).count()
    rows = _passages(identity).filter(evidence=False).delete()[0]
    person = identity.person_id
    rows += Presence.objects.filter(person=person).delete()[0]
    rows += LastPass.objects.filter(person=person).delete()[0]
    rows += MusterMark.objects.filter(person=person).delete()[0]
    rows += _rights(identity).delete()[0]
    rows += holdings.clear_terms(_opened(identity), identity, "facts")
    others = Right.objects.filter(site=identity.site_id)
    rows += holdings.clear_terms(others, identity, "reason")
    rows += FacePhoto.objects.filter(person=person).delete()[0]
    rows += FaceTemplate.objects.filter(person=person).delete()[0]
    transaction.on_commit(removals.destroy_keys)
    rows += _tokens(identity).delete()[0]
    rows += _cards(identity).delete()[0]
    rows += _crossings(identity).delete()[0]
    named = bans.bans_of(identity)
    in_force = named.filter(ends_at__gt=clock.now()).count()
    rows += named.filter(ends_at__lte=clock.now()).delete()[0]
    kept = {"door passages of an incident": evidence, "visitor bans": in_force}
    return Erased(rows, {reason: count for reason, count in kept.items() if count})


def _cards(identity: Identity) -> QuerySet[Card]:
    return Card.objects.filter(person=identity.person_id)


def _tokens(identity: Identity) -> QuerySet[Token]:
    return Token.objects.filter(person=identity.person_id)


def _rights(identity: Identity) -> QuerySet[Right]:
    return Right.objects.filter(person=identity.person_id)


def _passages(identity: Identity) -> QuerySet[DoorPassage]:
    return DoorPassage.objects.filter(person=identity.person_id)


def _crossings(identity: Identity) -> QuerySet[VisitCrossing]:
    """Return where the person's cars came and went as a visitor's."""
    visits = VisitorPass.objects.filter(
        identity.with_plate("plate", "begins_at"), site=identity.site_id
    )
    return VisitCrossing.objects.filter(visit__in=visits)


def _opened(identity: Identity) -> QuerySet[DoorPassage]:
    """Return the doors opened by hand, whose reasons may name anybody."""
    return DoorPassage.objects.filter(site=identity.site_id, rule="by_hand")


holdings.register(holdings.Part("doors", export, erase))
