"""Values of registers and amounts of meters, with exactly their digits."""

from decimal import Decimal

from django import template

from metering.models import Meter

register = template.Library()


@register.filter("register")
def as_on_register(meter: Meter, value: Decimal | None) -> str:
    """Format a value with the decimals of the meter's register; empty for None."""
    return "" if value is None else meter.dial.format(value)


@register.filter
def exact(value: Decimal | int) -> str:
    """Format a number in plain digits without trailing zeros."""
    return f"{Decimal(value).normalize():f}"
