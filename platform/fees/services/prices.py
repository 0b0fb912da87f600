"""Set the prices of fee items from a day on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import formats
from django.utils.translation import gettext as _

from core import audit
from core.errors import Rejection
from estate.models import Unit
from estate.services.common import Actor
from fees.assessment import Assessment, assess
from fees.models import FeeItem, FeePrice
from fees.rules.errors import FeeError
from fees.rules.tiers import Tier, require_tiers
from fees.services.items import lock_item

#: Decimals of a price, and the largest one, in major units.
DECIMALS, LARGEST = 6, Decimal(10) ** 8


@transaction.atomic
def set_price(
    item: FeeItem,
    actor: Actor,
    *,
    begins_on: date,
    price: Decimal | None = None,
    tiers: Sequence[Tier] = (),
) -> FeePrice:
    """Set the price of an item from a day on; the version before ends there.

    Args:
        price: in major units, with six decimals at most.
        tiers: of a metered fee instead of one price.

    Raises:
        Rejection: the day is before the latest version's or was charged already, the price is out
            of range, the tiers do not ascend, or the method has no price or no tiers.
    """
    locked = lock_item(item)
    _require_fitting(locked, price, tiers)
    _require_later(locked, begins_on)
    FeePrice.objects.filter(item=locked, ends_on=None).update(ends_on=begins_on)
    stored = [_stored(each) for each in tiers]
    row = FeePrice.objects.create(item=locked, begins_on=begins_on, price=price, tiers=stored)
    detail = {"begins_on": str(begins_on), "price": str(price or ""), "tiers": stored}
    audit.record(locked.site, actor, "set fee price", ("fee_item", locked.pk), **detail)
    return row


@dataclass(frozen=True)
class Trial:
    """What a unit owes for the month in which a price begins, without it and with it."""

    unit: Unit | None
    before: list[Assessment]
    after: list[Assessment]


def try_price(
    item: FeeItem,
    actor: Actor,
    unit: Unit | None,
    *,
    begins_on: date,
    price: Decimal | None = None,
    tiers: Sequence[Tier] = (),
) -> Trial:
    """Work out what a unit would owe at a price that is not set: setting it is rolled back.

    Args:
        unit: None only validates the price.

    Raises:
        Rejection: see `set_price`.
    """
    month, units = begins_on.replace(day=1), [unit.pk] if unit is not None else []
    before = assess(item.site, [item], month, units)
    with transaction.atomic():
        set_price(item, actor, begins_on=begins_on, price=price, tiers=tiers)
        after = assess(item.site, [item], month, units)
        transaction.set_rollback(True)
    return Trial(unit, before, after)


@transaction.atomic
def withdraw_price(price: FeePrice, actor: Actor) -> None:
    """Withdraw the latest price of an item; the version before goes on.

    Raises:
        Rejection: a later one exists, or it was charged already.
    """
    item = lock_item(price.item)
    _require_not_charged(item, price.begins_on)
    if item.prices.filter(begins_on__gt=price.begins_on).exists():
        raise Rejection(
            "begins_on", "not_latest", _("a later price exists"), _("withdraw that one first")
        )
    item.prices.filter(pk=price.pk).delete()
    item.prices.filter(ends_on=price.begins_on).update(ends_on=None)
    detail = {"begins_on": str(price.begins_on)}
    audit.record(item.site, actor, "withdraw fee price", ("fee_item", item.pk), **detail)


def _stored(tier: Tier) -> list[str | None]:
    return [None if tier.up_to is None else str(tier.up_to), str(tier.price)]


def _require_fitting(item: FeeItem, price: Decimal | None, tiers: Sequence[Tier]) -> None:
    if item.method not in FeeItem.PRICED:
        raise Rejection(
            "price", "no_price", _("this fee has no price of its own"), _("enter its amounts")
        )
    if tiers and item.method != FeeItem.Method.METER:
        raise Rejection(
            "tiers", "not_metered", _("only a metered fee has tiers"), _("enter one price")
        )
    if (price is None) == (not tiers):
        raise Rejection("price", "missing", _("a price is required"), _("enter a price, or tiers"))
    for each in [price] if price is not None else [tier.price for tier in tiers]:
        _require_price(each)
    _require_ascending(tiers)


def _require_price(price: Decimal) -> None:
    fits = price.is_finite() and 0 <= price <= LARGEST and price == round(price, DECIMALS)
    if not fits:
        raise Rejection(
            "price",
            "out_of_range",
            _("this is not a price"),
            _("enter a number from 0, with six decimals at most"),
        )


def _require_ascending(tiers: Sequence[Tier]) -> None:
    try:
        if tiers:
            require_tiers(tiers)
    except FeeError as error:
        hint = _("sort them by their upper bounds, and leave that of the last one empty")
        raise Rejection("tiers", error.code, _("the tiers do not ascend"), hint) from error


def _require_later(item: FeeItem, begins_on: date) -> None:
    latest = item.prices.order_by("-begins_on").first()
    if latest is not None and begins_on <= latest.begins_on:
        raise Rejection(
            "begins_on",
            "not_latest",
            _("a price begins on %(day)s") % {"day": formats.date_format(latest.begins_on)},
            _("choose a later day, or withdraw that price first"),
        )
    _require_not_charged(item, begins_on)


def _require_not_charged(item: FeeItem, begins_on: date) -> None:
    until = item.charged_until
    if until is not None and begins_on < until:
        raise Rejection(
            "begins_on",
            "charged_already",
            _("the days before %(day)s are charged already") % {"day": formats.date_format(until)},
            _("choose a later day"),
        )
