"""Shares in the tables of the cameras' accuracy, from which their charts are drawn."""

from django import template

register = template.Library()


@register.filter
def per_hundred(share: float | None) -> str:
    """Format a share of 1 as a number of 100 with a decimal; empty for None."""
    return "" if share is None else f"{100 * share:.1f}"
