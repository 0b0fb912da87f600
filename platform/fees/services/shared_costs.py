"""Costs that units share: entered for a month, and divided without losing a minor unit."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import audit, clock
from core.copying import copy_values
from core.errors import Rejection
from core.models import User
from estate.models import Building, Unit
from fees.models import FeeItem, SharedCost, SharedCostPart
from fees.rules.errors import FeeError
from fees.rules.months import first_of_next
from fees.rules.shares import divide
from fees.services.items import lock_item
from metering.models import MeterPoint
from metering.usage import load_series

Key = SharedCost.Key


@transaction.atomic
def enter_cost(
    item: FeeItem,
    actor: User,
    *,
    month: date,
    amount: int,
    key: str,
    building: Building | None = None,
    note: str = "",
) -> SharedCost:
    """Enter a cost of a month, and divide it among the units in use that the item is charged to.

    Args:
        month: any day of it.
        amount: in minor units of the item's currency.
        key: of `SharedCost.Key`.
        building: whose units share it; None for those of the whole site.

    Raises:
        Rejection: the amount is not above zero, the month has one already or is charged already, or
            no unit has an area, a coefficient or a consumption to divide it by.
    """
    locked = lock_item(item)
    first = month.replace(day=1)
    _require_amount(amount)
    _require_uncharged(locked, first)
    cost = SharedCost(item=locked, building=building, month=first, amount=amount, key=key)
    cost.note, cost.entered_at, cost.entered_by = note.strip(), clock.now(), actor
    weights = weights_of(cost)
    amounts = _divided(amount, weights)
    _insert(cost)
    copy_values(
        SharedCostPart,
        ("cost_id", "unit_id", "weight", "amount"),
        ((cost.pk, unit, weights[unit], part) for unit, part in zip(weights, amounts, strict=True)),
    )
    detail = {"month": f"{first:%Y-%m}", "amount": amount, "key": key}
    audit.record(locked.site, actor, "enter shared cost", ("fee_item", locked.pk), **detail)
    return cost


@transaction.atomic
def withdraw_cost(cost: SharedCost, actor: User) -> None:
    """Withdraw a shared cost whose month is not charged yet.

    Raises:
        Rejection: its month is charged already.
    """
    item = lock_item(cost.item)
    _require_uncharged(item, cost.month)
    detail = {"month": f"{cost.month:%Y-%m}", "amount": cost.amount}
    audit.record(item.site, actor, "withdraw shared cost", ("fee_item", item.pk), **detail)
    cost.delete()


def weights_of(cost: SharedCost) -> Mapping[int, Decimal]:
    """Return by what a cost is divided, by the keys of units, the lower keys first."""
    units = Unit.objects.in_use().filter(building__site=cost.item.site)
    if cost.building is not None:
        units = units.filter(building=cost.building)
    if cost.item.uses:
        units = units.filter(use__in=cost.item.uses)
    rows = units.order_by("pk")
    if cost.key == Key.EQUAL:
        return dict.fromkeys(rows.values_list("pk", flat=True), Decimal(1))
    if cost.key == Key.USAGE:
        return _usage(cost, list(rows.values_list("pk", flat=True)))
    usable = cost.item.basis == FeeItem.Basis.USABLE
    area = "usable_area" if usable else "built_up_area"
    field = "coefficient" if cost.key == Key.COEFFICIENT else area
    return {pk: weight or Decimal(0) for pk, weight in rows.values_list("pk", field)}


def _usage(cost: SharedCost, units: list[int]) -> dict[int, Decimal]:
    """Return what each unit consumed in the month; points without readings count as nothing."""
    zone = cost.item.site.timezone
    begin, end = (clock.midnight(day, zone) for day in (cost.month, first_of_next(cost.month)))
    points = list(MeterPoint.objects.filter(unit__in=units, utility=cost.item.utility))
    used = dict.fromkeys(units, Decimal(0))
    loaded = load_series(points, begin, end)
    for point in points:
        if point.unit_id is not None and point.pk in loaded:
            used[point.unit_id] += loaded[point.pk].between(begin, end).amount
    return used


def _divided(amount: int, weights: Mapping[int, Decimal]) -> list[int]:
    try:
        return divide(amount, list(weights.values()))
    except FeeError as error:
        raise Rejection(
            "key",
            error.code,
            _("there is nothing to divide it by"),
            _("enter the units' areas or readings, or choose another way"),
        ) from error


def _require_amount(amount: int) -> None:
    if amount <= 0:
        raise Rejection(
            "amount", "not_positive", _("the amount must be more than zero"), _("enter an amount")
        )


def _require_uncharged(item: FeeItem, month: date) -> None:
    if item.charged_until is not None and month < item.charged_until:
        raise Rejection(
            "month",
            "charged_already",
            _("this month is charged already"),
            _("enter it for a later month"),
        )


def _insert(cost: SharedCost) -> None:
    try:
        with transaction.atomic():
            cost.save()
    except IntegrityError as error:
        raise Rejection(
            "month",
            "already_entered",
            _("a cost is entered for this month already"),
            _("withdraw that one first"),
        ) from error
