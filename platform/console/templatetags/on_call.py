"""Template tags about the layers of a rota."""

from django import template
from django.utils.dates import WEEKDAYS_ABBR

from core.text_lists import joined
from incidents.models import RotaLayer

register = template.Library()


@register.filter
def layer_times(layer: RotaLayer) -> str:
    """Return the times to which a layer is limited."""
    if layer.begins is None or layer.ends is None:
        return ""
    times = f"{layer.begins:%H:%M}–{layer.ends:%H:%M}"
    return f"{_days(layer.days)} {times}" if layer.days else times


def _days(days: list[int]) -> str:
    return joined(str(WEEKDAYS_ABBR[day]) for day in sorted(days))
