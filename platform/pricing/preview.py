"""The preview table of a tariff: prices of stays of increasing length."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pricing.engine import price
from pricing.tariff import Tariff


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A stay of `minutes` that ends at `exit` costs `amount` minor units."""

    minutes: int
    exit: datetime
    amount: int


def preview(
    tariff: Tariff,
    start: datetime,
    *,
    hours: int = 72,
    every: int = 30,
    vehicle: str | None = None,
) -> list[PreviewRow]:
    """Price stays from `start` (aware) of 0, `every`, 2 * `every`, … minutes up to `hours`.

    `exit` is in the tariff's zone and goes by elapsed time, so a night of a clock change shows as
    such. Raises `StayError` as `price` does.
    """
    rows = []
    for minutes in range(0, hours * 60 + 1, every):
        until = (start.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(tariff.zone)
        rows.append(PreviewRow(minutes, until, price(tariff, start, until, vehicle=vehicle).amount))
    return rows
