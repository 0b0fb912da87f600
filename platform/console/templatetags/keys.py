"""Long names that nobody reads whole, shortened."""

from django import template

register = template.Library()
_SHOWN = 10


@register.filter
def shortened(key: str) -> str:
    """Return the key's last characters, in which keys of one device differ; a short one whole."""
    return key if len(key) <= _SHOWN + 2 else f"…{key[-_SHOWN:]}"
