"""Template filters of payments."""

from django import template

from billing import methods
from billing.models import Payment

register = template.Library()


@register.filter
def method_title(payment: Payment) -> str:
    """Return how a payment was made: at a lane, at the desk, by bank or online."""
    return methods.method_title(payment)
