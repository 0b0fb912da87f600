"""Previews of tariffs: prices by length as a table and a curve, beside another version's."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

import pricing
from core.currencies import exponent
from core.models import Site
from parking.charging import compiled
from parking.models import Tariff
from parking.tariff_changes import TariffChange, describe_changes
from parking.vehicle_classes import classes_of
from pricing.ranges import HOURS, PriceRange, price_ranges


@dataclass(frozen=True)
class PreviewRow:
    """Stays of up to `until` cost `amount`; `before` is what the other version charges."""

    until: timedelta
    exit: datetime
    amount: int
    before: int | None

    @property
    def change(self) -> int:
        """What is more than in the other version; negative if less."""
        return 0 if self.before is None else self.amount - self.before


@dataclass(frozen=True)
class Preview:
    """What a tariff charges for stays of up to 72 hours.

    Attributes:
        rows: the ranges of one price.
        curve: the same as JSON, for the chart.
        against: the version that it is compared with, if any.
        changes: what differs from that version, in words.
    """

    rows: list[PreviewRow]
    curve: str
    currency: str
    against: Tariff | None
    changes: list[TariffChange]


def make_preview(
    document: dict[str, Any],
    tariff: pricing.Tariff,
    entry: datetime,
    vehicle: str,
    against: Tariff | None,
) -> Preview:
    """Price stays from an entry on, beside a version that they are compared with.

    Raises:
        PricingError: no stay can be priced from that entry.
    """
    ranges = price_ranges([tariff], entry, vehicle=vehicle or None)
    if against is not None and against.document.get("currency") == tariff.currency:
        ranges = price_ranges([tariff, compiled(against)], entry, vehicle=vehicle or None)
    else:
        against = None
    return Preview(
        rows=[_row(each, entry, tariff) for each in ranges if each.last],
        curve=_curve(ranges, tariff.currency),
        currency=tariff.currency,
        against=against,
        changes=describe_changes(against.document, document) if against else [],
    )


def vehicle_choices(site: Site, named: frozenset[str] = frozenset()) -> list[tuple[str, str]]:
    """Return the site's vehicle classes, then those that only the tariff names."""
    known = {row.code: str(row) for row in classes_of(site.pk)}
    return [*known.items(), *((name, name) for name in sorted(named - known.keys()))]


def this_hour() -> datetime:
    """Return the beginning of the current hour in the site's time zone."""
    return timezone.localtime().replace(minute=0, second=0, microsecond=0)


def _row(part: PriceRange, entry: datetime, tariff: pricing.Tariff) -> PreviewRow:
    length = timedelta(minutes=part.last)
    amount, *before = part.amounts
    return PreviewRow(
        until=length,
        exit=(entry.astimezone(UTC) + length).astimezone(tariff.zone),
        amount=amount,
        before=before[0] if before else None,
    )


def _curve(ranges: list[PriceRange], currency: str) -> str:
    """Return where each price begins, in minutes, and the prices in the currency's unit."""
    scale = 10 ** exponent(currency)
    columns = zip(*(part.amounts for part in ranges), strict=True)
    return json.dumps(
        {
            "minutes": [*(part.first for part in ranges), HOURS * 60],
            "prices": [[*(each / scale for each in own), own[-1] / scale] for own in columns],
            "currency": currency,
            "decimals": exponent(currency),
        }
    )
