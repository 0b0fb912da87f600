"""The notes and reasons that people write in this room, which may name a resident."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from core import holdings
from core.holdings import Identity, Row
from incidents.models import Exercise, FeedMessage, HandOver, RotaOverride, TestAlarm

Notes = tuple[QuerySet[Any], str, str]


def naming(identity: Identity) -> list[Row]:
    """Return the notes that name the person, with their times."""
    found: list[Row] = []
    for rows, at, text in _notes(identity.site_id):
        named = holdings.with_terms(rows, identity, text).order_by(at, "pk")
        for row in holdings.rows_of(named, at, text):
            found.append({"at": row[at], "note": row[text]})
    return found


def clear(identity: Identity) -> int:
    """Remove the person's texts from the notes; return how many changed."""
    notes = _notes(identity.site_id)
    return sum(holdings.clear_terms(rows, identity, text) for rows, _at, text in notes)


def _notes(site_id: int) -> Iterator[Notes]:
    """Yield the notes of a site, with the names of the fields of time and text."""
    yield HandOver.objects.filter(shift__site=site_id).exclude(note=""), "at", "note"
    yield RotaOverride.objects.filter(site=site_id).exclude(note=""), "created_at", "note"
    yield TestAlarm.objects.filter(site=site_id).exclude(note=""), "began_at", "note"
    yield Exercise.objects.filter(site=site_id), "started_at", "reason"
    yield FeedMessage.objects.filter(incident__site=site_id), "created_at", "reason"
