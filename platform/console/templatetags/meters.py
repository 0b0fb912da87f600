"""How registers and amounts of meters are written: with all their digits, and none besides."""

from decimal import Decimal

from django import template

from metering.models import Meter

register = template.Library()


@register.filter("register")
def as_on_register(meter: Meter, value: Decimal | None) -> str:
    """Write a value with the decimals of the meter's register; empty for None."""
    return "" if value is None else meter.dial.format(value)


@register.filter
def exact(value: Decimal | int) -> str:
    """Write a number in plain digits, without noughts at its end."""
    return f"{Decimal(value).normalize():f}"
