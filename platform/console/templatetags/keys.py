"""Long identifiers, shortened."""

from django import template

register = template.Library()
_SHOWN = 10


@register.filter
def shortened(key: str) -> str:
    """Return the last characters of a key, in which keys of one device differ."""
    return key if len(key) <= _SHOWN + 2 else f"…{key[-_SHOWN:]}"
