"""Template filters of fees: amounts, explanations, prices."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.explanations import LineText
from core.money import Money, written_price
from core.text_lists import joined
from estate.models import Unit
from fees.assessment.shares import number
from fees.explanations import explain_line
from fees.models import FeeItem, FeePrice
from fees.selectors import tiers_of
from people import periods
from ui.pages import Text

register = template.Library()
_USES = dict(Unit.Use.choices)


@register.filter
def fee_money(minor: int, currency: str) -> str:
    """Format an amount in minor units."""
    return Money(minor, currency).written()


@register.filter
def plain(value: Decimal) -> str:
    """Return a number without zeros at its end."""
    return number(value)


@register.filter
def percent(share: Decimal) -> str:
    """Return a share in percent."""
    return number(share * 100)


@register.filter
def last_day(ends_on: date) -> date | None:
    """Return the last day of a period that holds until before a day."""
    return periods.last_day(ends_on)


@register.filter
def named(code: str, names: Mapping[str, Text]) -> str:
    """Return what a code is called."""
    return str(names.get(code, code))


@register.filter
def uses_of(item: FeeItem) -> str:
    """Return the uses of units that an item is charged to."""
    return joined(str(_USES[use]) for use in item.uses) or _("all uses")


@register.filter
def tiers_in_words(price: FeePrice) -> list[str]:
    """Return a sentence for each tier of a price; none for one price."""
    texts = []
    for tier in tiers_of(price):
        names = {
            "price": written_price(tier.price, price.item.currency),
            "bound": number(tier.up_to or Decimal(0)),
        }
        text = _("%(price)s above that") if tier.up_to is None else _("%(price)s up to %(bound)s")
        texts.append(text % names)
    return texts


@register.filter
def explained(lines: list[dict[str, Any]], currency: str) -> list[LineText]:
    """Return the lines of an assessment in words."""
    return [explain_line(line, currency) for line in lines]


@register.filter
def price_in_words(price: Decimal, item: FeeItem) -> str:
    """Return a price of an item with its currency."""
    return written_price(price, item.currency)


@register.filter
def days_in_words(days: int) -> str:
    """Return when a reminder is sent, by its days after the due date."""
    if not days:
        return _("on the due date")
    if days < 0:
        text = ngettext("%(n)s day before the due date", "%(n)s days before the due date", -days)
    else:
        text = ngettext("%(n)s day after the due date", "%(n)s days after the due date", days)
    return text % {"n": abs(days)}
