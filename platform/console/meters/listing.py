"""The list of meters, and that of the readings of one meter."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core import clock
from core.models import Site
from core.search_words import search_words
from metering import selectors
from metering.models import Meter, MeterReading, Utility
from metering.permissions import MeteringPermission
from metering.topics import METER
from ui.forms import LocalTime
from ui.lists import (
    Column,
    FirstStep,
    ListFilter,
    Listing,
    Preset,
    choice_filter,
    conditions,
    search_filter,
)
from ui.lists.cells import RowPage, dialog_button, in_two_lines, link, shows_moment, state
from ui.templatetags.gatehouse import moment

# Bills are monthly: a meter that is not read for longer delays one.
OVERDUE_DAYS = 35
_IN_USE, _REVIEW, _REMOVED = "in_use", "review", "removed"


class MeterFilter(ListFilter):
    """Filters of meters."""

    q = search_filter(_("Unit, name or serial number"))
    utility = choice_filter(_("Utility"), Utility.choices)
    state = choice_filter(
        _("State"), [(_IN_USE, _("in use")), (_REVIEW, _("to review")), (_REMOVED, _("removed"))]
    )
    unread = forms.IntegerField(
        label=_("Not read for days"), required=False, min_value=1, max_value=10_000
    )


class ReadingFilter(ListFilter):
    """Filters of the readings of a meter."""

    state = choice_filter(_("State"), MeterReading.State.choices)
    source = choice_filter(_("Method"), MeterReading.Source.choices)
    since = LocalTime(label=_("From"), required=False)
    until = LocalTime(label=_("Before"), required=False)


def _named(_site: Site, rows: QuerySet[Meter], text: str) -> QuerySet[Meter]:
    for word in search_words(text.replace("-", " ")):
        rows = rows.filter(
            Q(serial__icontains=word)
            | Q(point__name__icontains=word)
            | Q(point__unit__code__icontains=word)
            | Q(point__unit__building__code__iexact=word)
            | Q(point__building__name__icontains=word)
        )
    return rows


def _unread(_site: Site, rows: QuerySet[Meter], days: int) -> QuerySet[Meter]:
    return selectors.unread_since(rows, clock.now() - timedelta(days=days))


def _state(meter: Any) -> object:
    if meter.waiting:
        return _("to review")
    return _("in use") if meter.removed_at is None else _("removed")


def _register(meter: Any) -> str:
    return "" if meter.last_register is None else meter.dial.format(meter.last_register)


def _overdue(site: Site) -> QuerySet[Meter]:
    return _unread(site, selectors.meters_at(site), OVERDUE_DAYS)


def _to_review(site: Site) -> QuerySet[Meter]:
    return Meter.objects.filter(pk__in=selectors.to_review(site).values("meter"))


def _place(meter: Any, page: RowPage) -> SafeString:
    shown = format_html("<b>{}</b>", meter.point.place)
    return in_two_lines(link(page.address("console:meter", meter.pk), shown), meter.point.name)


def _last_read(meter: Any, _page: RowPage) -> str:
    if not meter.last_at:
        return ""
    text = '<time datetime="{}" data-ago>{}</time>'
    return format_html(text, meter.last_at.isoformat(), moment(meter.last_at, "date"))


def _shown_state(meter: Any, _page: RowPage) -> SafeString:
    if meter.waiting:
        text = ngettext("%(n)s reading to review", "%(n)s readings to review", meter.waiting)
        return state(text % {"n": meter.waiting}, "wait")
    return state(_state(meter), "go" if meter.removed_at is None else "")


METERS = Listing(
    name="meters",
    title=_("Meters"),
    rows=selectors.meters_at,
    columns=(
        Column("place", _("Location"), lambda meter: str(meter.point.place), fixed=True),
        Column("utility", _("Utility"), lambda meter: meter.point.get_utility_display()),
        Column("meter", _("Meter"), lambda meter: meter.serial, sort="serial", numbered=True),
        Column("register", _("Register value"), _register, numeric=True),
        Column("read", _("Last read"), lambda meter: meter.last_at),
        Column("by", _("Read by"), lambda m: m.device.code if m.device else _("manual")),
        Column("installed", _("Installed"), lambda m: m.installed_at, sort="installed_at"),
        Column("state", _("State"), _state),
    ),
    cells={
        "place": _place,
        "meter": lambda meter, _page: format_html("<code>{}</code>", meter.serial),
        "read": _last_read,
        "installed": shows_moment(lambda meter: meter.installed_at),
        "state": _shown_state,
    },
    sort="meter",
    filters=MeterFilter,
    lookups={
        "q": _named,
        "utility": "point__utility",
        "state": conditions(
            {
                _IN_USE: Q(removed_at=None),
                _REVIEW: Q(waiting__gt=0),
                _REMOVED: Q(removed_at__isnull=False),
            }
        ),
        "unread": _unread,
    },
    first_query={"state": _IN_USE},
    presets=(
        Preset(_("In use"), {"state": _IN_USE}),
        Preset(_("Not read for 35 days"), {"unread": str(OVERDUE_DAYS)}, _overdue),
        Preset(_("To review"), {"state": _REVIEW}, _to_review),
        Preset(_("Removed"), {"state": _REMOVED}),
        Preset(_("All"), {}),
    ),
    topics=(METER.name,),
    empty=_("No meters yet. Meters of units and of common areas belong here, with their readings."),
    first_step=FirstStep(
        _("Install meter"), "console:install_meter", MeteringPermission.MANAGE_METERS
    ),
)


def _by(reading: MeterReading) -> str:
    return reading.by.display_name if reading.by else ""


def _photo(reading: MeterReading, page: RowPage) -> str:
    if not reading.photo:
        return ""
    return format_html(
        '<a class="thumb" href="{0}" target="_blank" rel="noopener">'
        '<img src="{0}" alt="{1}" loading="lazy"></a>',
        page.address("console:reading_photo", reading.pk),
        _("Photo of the meter"),
    )


def _reading_state(reading: MeterReading, _page: RowPage) -> SafeString:
    in_review = reading.state == MeterReading.State.REVIEW
    tone = "wait" if in_review else "go" if reading.counts else ""
    shown = state(reading.get_state_display(), tone)
    problem = reading.get_problem_display() if in_review else ""
    if not problem:
        return shown
    return format_html('<span>{}<br><span class="small">{}</span></span>', shown, problem)


def _why_closed(reading: MeterReading, _page: RowPage) -> str:
    if not reading.reason or not reading.closed_by:
        return reading.reason
    return f"{reading.closed_by.display_name}: {reading.reason}"


def _acts(reading: MeterReading, page: RowPage) -> SafeString:
    """Return what can be done about a reading."""
    offered: list[tuple[str, Any, str]] = []
    if MeteringPermission.CORRECT_READINGS in page.permissions:
        if reading.state == MeterReading.State.REVIEW:
            offered = [("console:review_reading", _("Review"), "btn-primary")]
        elif reading.counts:
            offered = [("console:correct_reading", _("Correct"), "btn-quiet")]
            if not reading.stage:
                offered.append(("console:withdraw_reading", _("Withdraw"), "btn-quiet"))
    return format_html_join(
        "",
        "{}",
        (
            (dialog_button(page.address(name, reading.pk), label, look),)
            for name, label, look in offered
        ),
    )


_READINGS = Listing(
    name="readings",
    title=_("Readings"),
    rows=lambda site: MeterReading.objects.filter(meter__site=site),
    columns=(
        Column("at", _("Read at"), lambda reading: reading.at, sort="at", fixed=True),
        Column("register", _("Register value"), lambda r: r.shown, numeric=True),
        Column("method", _("Method"), lambda reading: reading.get_source_display()),
        Column("by", _("Entered by"), _by),
        Column("photo", _("Photo"), None),
        Column("state", _("State"), lambda reading: reading.get_state_display()),
        Column("reason", _("Reason"), lambda reading: reading.reason, prose=True),
        Column("acts", _("Actions"), None, fixed=True),
    ),
    cells={
        "at": lambda r, _page: in_two_lines(
            moment(r.at, "date"), r.get_stage_display() if r.stage else ""
        ),
        "register": lambda r, _page: in_two_lines(
            format_html("<b>{}</b>", r.shown), _("rolled over") if r.rolled_over else ""
        ),
        "by": lambda r, _page: in_two_lines(_by(r), r.note),
        "photo": _photo,
        "state": _reading_state,
        "reason": _why_closed,
        "acts": _acts,
    },
    sort="-at",
    filters=ReadingFilter,
    lookups={"state": "state", "source": "source", "since": "at__gte", "until": "at__lt"},
    presets=(
        Preset(_("All"), {}),
        Preset(_("To review"), {"state": MeterReading.State.REVIEW}),
        Preset(_("Corrected"), {"state": MeterReading.State.CORRECTED}),
    ),
    topics=(METER.name,),
    empty=_("No readings yet. Enter one, or connect the device that reads the meter."),
)


def readings_listing(meter: Meter) -> Listing:
    """Return the list of a meter's readings, in force or not."""
    return replace(_READINGS, rows=lambda _site: selectors.readings_of(meter))
