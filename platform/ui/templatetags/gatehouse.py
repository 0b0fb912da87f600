"""Template tags of every page: icons, plates, money, durations, times."""

import struct
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cache
from html import escape
from math import floor
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext

from core import clock, text_lists
from core.money import Money
from core.plates import is_ideograph
from ui.rejections import sentences

register = template.Library()
register.filter("sentences", sentences)
# No meter shows more digits; longer values were computed, or carry the noise of a 4-byte float.
_WRITTEN_BY_PEOPLE = 12
_MOMENTS = {"time": "%H:%M:%S", "date": "%Y-%m-%d %H:%M", "both": "%Y-%m-%d %H:%M:%S"}
_PLATE_COLOURS = {"blue", "yellow", "white", "black", "green", "yellow-green"}


@register.simple_tag
@cache  # a page has dozens, of the few that templates name
def icon(name: str, extra: str = "") -> SafeString:
    """Render an icon of the vendored sprite, hidden from screen readers."""
    address = f"{static('vendor/icons/icons.svg')}#{name}"
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}"></use></svg>',
        extra,
        address,
    )


@register.inclusion_tag("ui/table_head.html")
def table_head(*labels: str, numbers: int = 0, actions: bool = False) -> dict[str, Any]:
    """Render the head of a table of rows.

    Args:
        numbers: so many of the last labels stand over numbers, which are aligned at the end.
        actions: whether a column of buttons follows.
    """
    text = len(labels) - numbers
    return {"texts": labels[:text], "numbers": labels[text:], "actions": actions}


@register.simple_block_tag
def trend(content: str, kind: str, label: str) -> SafeString:
    """Render the frame of a chart that is drawn from the table in it.

    Args:
        content: the table, whose heads name their series.
        kind: ``lines`` or ``bars``.
        label: of the table, for those who read it instead of the chart.
    """
    return format_html(
        '<div class="trend" data-trend="{}">'
        '<div class="trend-plot" data-trend-plot aria-hidden="true"></div>'
        '<div class="trend-table" tabindex="0" role="region" aria-label="{}">{}</div></div>',
        kind,
        label,
        content,
    )


@register.simple_tag
def plate(text: str, colour: str = "", size: str = "") -> SafeString:
    """Render a plate in one line, with the province and letter of a Chinese one set apart."""
    shade = f"plate-{colour}" if colour in _PLATE_COLOURS else ""
    big = f"plate-{size}" if size else ""
    if not text:
        return format_html('<span class="plate plate-none {}">{}</span>', big, gettext("no plate"))
    head, rest = (text[:2], text[2:]) if is_ideograph(text[0]) else ("", text)
    return mark_safe(  # noqa: S308 - both parts are escaped; a list has dozens
        f'<span class="plate {shade} {escape(big)}" translate="no">'
        f"<b>{escape(head)}</b>{escape(rest)}</span>"
    )


@register.filter
def comma(forloop: dict[str, Any]) -> str:
    """Return what stands after an item of a list, as `joined` has it: nothing after the last."""
    return "" if forloop["last"] else gettext(", ")


@register.filter
def joined(values: Iterable[object]) -> str:
    """Return values as a list in the page's language: "a, b", or "a、b" in Chinese."""
    return text_lists.joined(values)


@register.filter
def money(minor: int | None, currency: str) -> str:
    """Format an amount of minor units in the page's language; empty for None."""
    return "" if minor is None else Money(minor, currency).written()


@register.filter
def percent(share: float | None, digits: int = 0) -> str:
    """Format a share of 1 as percent, rounded down so that 99.6 % is not shown as 100."""
    if share is None:
        return ""
    # 0.57 * 100 is a little less than 57.
    steps = floor(round(share * 10 ** (2 + digits), 6))
    return f"{steps / 10**digits:.{digits}f} %"


@register.filter
def number(value: float | None) -> str:
    """Format a measured number with all its digits, without float noise; empty for None."""
    if value is None:
        return ""
    written = f"{value:.15g}"
    if sum(map(str.isdigit, written)) > _WRITTEN_BY_PEOPLE and _is_single(value):
        written = f"{value:.7g}"
    return written


def _is_single(value: float) -> bool:
    """Return whether the number fits a 4-byte float, which holds seven digits (IEEE 754)."""
    try:
        return struct.unpack("f", struct.pack("f", value)) == (value,)
    except OverflowError:
        return False


@register.filter
def span(length: timedelta | None) -> str:
    """Format a duration in its two largest units, from days to seconds."""
    return "" if length is None else " ".join(_units(length)[:2])


@register.filter
def exact_span(length: timedelta) -> str:
    """Format a duration in all its units, where rows differ by minutes."""
    return " ".join(_units(length))


def _units(length: timedelta) -> list[str]:
    seconds = max(0, int(length.total_seconds()))
    days, hours = seconds // 86_400, seconds % 86_400 // 3600
    minutes = seconds % 3600 // 60
    parts = [
        ngettext("%(n)s day", "%(n)s days", days) % {"n": days} if days else "",
        gettext("%(n)s h") % {"n": hours} if hours else "",
        gettext("%(n)s min") % {"n": minutes} if minutes else "",
        gettext("%(n)s s") % {"n": seconds % 60} if seconds % 60 or not seconds else "",
    ]
    return [part for part in parts if part]


@register.filter
def since(at: datetime | None) -> str:
    """Format the time elapsed since an instant; empty for None."""
    return "" if at is None else span(clock.now() - at)


@register.simple_tag
def moment(at: datetime | None, how: str = "time") -> SafeString | str:
    """Render an instant in the page's time zone, in a `<time>` element for scripts.

    Args:
        how: ``time`` (with seconds), ``date`` (and time without seconds) or ``both`` (in full).
    """
    if at is None:
        return ""
    shown = timezone.localtime(at).strftime(_MOMENTS[how])
    return mark_safe(f'<time datetime="{at.isoformat()}">{shown}</time>')  # noqa: S308 - digits


@register.filter
def at_key(table: dict[Any, Any], key: Any) -> Any:
    """Look up a key in a dictionary; None if it is missing."""
    return table.get(key)
