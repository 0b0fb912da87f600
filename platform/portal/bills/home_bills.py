"""The parking fees of a home: of its residents' cars, while those were registered."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q, QuerySet

from billing.selectors import unpaid_sources
from core import clock
from core.money import Money
from estate.models import Unit
from parking.charges import KIND
from parking.models import Stay
from parking.quotes import quoted_due
from people.selectors import vehicles_at

_KEPT = timedelta(days=365)
_SHOWN = 50


@dataclass(frozen=True)
class HomeBill:
    """A stay of a home's car.

    Attributes:
        due: what is to be paid now.
        price: what it costs.
    """

    stay: Stay
    due: Money
    price: Money


def stays_of_home(unit: Unit) -> QuerySet[Stay]:
    """Return a year's stays of the cars that are registered at a unit now, the latest first."""
    own = Q(pk__in=[])
    for car in vehicles_at(unit):
        registered = Q(left_at=None) | Q(left_at__gt=car.begins_at)
        own |= Q(registered, folded=car.folded, plate=car.plate)
    known = Q(status=Stay.Status.OPEN) | Q(status=Stay.Status.CLOSED, price__gt=0)
    rows = Stay.objects.filter(own, known, site=unit.site, entered_at__gt=clock.now() - _KEPT)
    return rows.select_related("lot", "site", "tariff").order_by("-entered_at", "-pk")


def bills_of(unit: Unit) -> tuple[list[HomeBill], list[HomeBill]]:
    """Return what is to be paid for a home's cars, and what was paid."""
    stays = list(stays_of_home(unit)[:_SHOWN])
    unpaid = unpaid_sources(KIND, [stay.public_id for stay in stays])
    bills = [_bill(stay) for stay in stays if _may_be_due(stay, unpaid)]
    settled = [_settled(stay) for stay in stays if not _may_be_due(stay, unpaid)]
    return [bill for bill in bills if bill.due.minor], settled


def _may_be_due(stay: Stay, unpaid: set[str]) -> bool:
    return stay.status == Stay.Status.OPEN or stay.public_id in unpaid


def _bill(stay: Stay) -> HomeBill:
    found = quoted_due(stay)
    return HomeBill(stay, Money(found.due, found.currency), Money(found.price, found.currency))


def _settled(stay: Stay) -> HomeBill:
    return HomeBill(stay, Money(0, stay.currency), Money(stay.price or 0, stay.currency))
