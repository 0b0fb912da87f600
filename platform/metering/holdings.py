"""What this room holds of people: their texts in notes on readings."""

from collections.abc import Iterator

from django.db.models import QuerySet

from core import holdings
from core.holdings import Erased, Identity, Row
from metering.models import MeterReading


def export(identity: Identity) -> Iterator[tuple[str, list[Row]]]:
    """Yield the notes that name the person."""
    notes = holdings.with_terms(_readings(identity), identity, "note", "reason")
    yield "notes on readings", holdings.rows_of(notes, "at", "note", "reason")


def erase(identity: Identity) -> Erased:
    """Remove the person's texts from notes; readings are of meters and stay."""
    return Erased(holdings.clear_terms(_readings(identity), identity, "note", "reason"))


def _readings(identity: Identity) -> QuerySet[MeterReading]:
    readings = MeterReading.objects.exclude(note="", reason="")
    return readings.filter(meter__point__site=identity.site_id)


holdings.register(holdings.Part("metering", export, erase))
