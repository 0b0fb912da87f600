"""Meters: the list, one meter with its usage, and changes to it."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_http_methods

from console.meters.forms import (
    ConnectForm,
    CorrectMeterForm,
    InstallForm,
    LimitForm,
    ReplaceForm,
    RetireForm,
    WindowForm,
    place_of,
)
from console.meters.listing import METERS, readings_listing
from console.pages import render_list, render_page
from core import audit
from core.models import Site
from metering import selectors, services
from metering.models import Measure, Meter, ReadingWindow, Utility
from metering.permissions import MeteringPermission
from metering.services import NewMeter, Place
from ui.dialogs import Change, Dialog, dialog_page
from ui.forms import PlainForm
from ui.lists import list_page
from ui.pages import SiteRequest, Text, site_page

# Readings on the page of a meter; its list of readings has all.
_LATEST = 12
REPLACE_REASONS = [_("Calibration expired"), _("Broken"), _("Larger size needed")]
RETIRE_REASONS = [_("Not needed at this unit"), _("Broken")]
_NEW = {field.name for field in fields(NewMeter)}


@site_page(MeteringPermission.VIEW_METERS)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SiteRequest, site: Site) -> HttpResponseBase:
    """List the meters."""
    return list_page(request, METERS, render_list(request, "meters", "console/meters/list.html"))


@site_page(MeteringPermission.VIEW_METERS)
@require_http_methods(["GET", "HEAD", "POST"])
def readings(request: SiteRequest, site: Site, pk: int) -> HttpResponseBase:
    """List the readings of a meter, and audit the view of the household's usage."""
    meter = selectors.meter_or_404(site, pk)
    audit.record_read(site, request.user, "read meter", ("meter", pk))
    render = render_list(request, "meters", "console/meters/readings.html")
    return list_page(request, readings_listing(meter), render, meter=meter)


@site_page(MeteringPermission.VIEW_METERS)
def one(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show one meter, and audit the view of the household's usage."""
    meter = selectors.meter_or_404(site, pk)
    audit.record_read(site, request.user, "read meter", ("meter", pk))
    months = selectors.months(meter.point)
    context = {
        "meter": meter,
        "point": meter.point,
        "months": months,
        "most": max((month.amount for month in months), default=0),
        "readings": selectors.readings_of(meter)[:_LATEST],
        "others": meter.point.meters.exclude(pk=pk).order_by("installed_at"),
    }
    return render_page(request, "console/meters/detail.html", context, "meters")


@dialog_page(MeteringPermission.MANAGE_METERS)
def install(request: SiteRequest, site: Site) -> Change:
    """Install a meter."""
    form = InstallForm(site, request.POST or None, request.FILES or None)
    return meter_change(
        Dialog(title=_("Install meter"), button=_("Install")),
        form,
        lambda data: services.install_meter(
            site, request.user, _place(site, data), _new(data), data["at"], photo=data["photo"]
        ),
        _("Meter installed."),
    )


@dialog_page(MeteringPermission.MANAGE_METERS)
def replace(request: SiteRequest, site: Site, pk: int) -> Change:
    """Replace a meter by another."""
    meter = selectors.meter_or_404(site, pk)
    dialog = Dialog(
        title=_("Replace %(meter)s") % {"meter": meter.serial},
        lead=_("Both registers are kept, and consumption continues across them."),
        button=_("Replace"),
        suggestions=REPLACE_REASONS,
    )
    first = {**_face(meter), "keep_device": meter.device_id is not None}
    form = ReplaceForm(request.POST or None, request.FILES or None, initial=first)
    return meter_change(
        dialog,
        form,
        lambda data: services.replace_meter(
            meter, request.user, new=_new(data), **_rest(form.service_arguments())
        ),
        _("Meter replaced."),
    )


@dialog_page(MeteringPermission.CORRECT_READINGS)
def correct(request: SiteRequest, site: Site, pk: int) -> Change:
    """Correct the data of a meter's face plate."""
    meter = selectors.meter_or_404(site, pk)
    dialog = Dialog(
        title=_("Details of %(meter)s") % {"meter": meter.serial},
        lead=_("Changing the multiplier changes the consumption since installation."),
        button=_("Correct"),
    )
    return meter_change(
        dialog,
        CorrectMeterForm(request.POST or None, initial={"serial": meter.serial, **_face(meter)}),
        lambda data: services.correct_meter(meter, request.user, **data),
        _("Meter corrected."),
    )


@dialog_page(MeteringPermission.MANAGE_METERS)
def retire(request: SiteRequest, site: Site, pk: int) -> Change:
    """Retire a meter."""
    meter = selectors.meter_or_404(site, pk)
    dialog = Dialog(
        title=_("Remove %(meter)s") % {"meter": meter.serial},
        lead=_("Consumption so far is kept; measuring ends here."),
        button=pgettext_lazy("meter", "Remove"),
        tone="danger-soft",
        suggestions=RETIRE_REASONS,
    )
    form = RetireForm(request.POST or None, request.FILES or None)
    return meter_change(
        dialog,
        form,
        lambda data: services.retire_meter(meter, request.user, **form.service_arguments()),
        _("Meter removed."),
    )


@dialog_page(MeteringPermission.MANAGE_METERS)
def connect(request: SiteRequest, site: Site, pk: int) -> Change:
    """Connect a meter to the device that reads it."""
    meter = selectors.meter_or_404(site, pk)
    dialog = Dialog(
        title=_("Device that reads %(meter)s") % {"meter": meter.serial},
        lead=_("Readings waiting for review are rejected, and their days are read again."),
        button=_("Save"),
    )
    first = {
        "device": meter.device_id,
        "metric": meter.metric,
        "weight": f"{meter.weight.normalize():f}",
        "base": meter.dial.format(meter.base),
    }
    return meter_change(
        dialog,
        ConnectForm(site, request.POST or None, initial=first),
        lambda data: services.connect_device(meter, request.user, **data),
        _("Saved."),
    )


@dialog_page(MeteringPermission.MANAGE_METERS)
def limit(request: SiteRequest, site: Site, pk: int) -> Change:
    """Set the plausible maximum per day."""
    meter = selectors.meter_or_404(site, pk)
    measure = meter.point.get_measure_display()
    dialog = Dialog(
        title=_("Daily maximum (%(measure)s)") % {"measure": measure},
        lead=_(
            "Readings above it need confirmation or review. Below it, a device's register "
            "may roll over automatically. Empty: based on the meter's history."
        ),
        button=_("Save"),
    )
    most = meter.point.most_per_day
    return meter_change(
        dialog,
        LimitForm(
            request.POST if request.method == "POST" else None,
            initial={"most_per_day": f"{most.normalize():f}" if most else None},
        ),
        lambda data: services.set_limit(meter, request.user, data["most_per_day"]),
        _("Saved."),
    )


@dialog_page(MeteringPermission.MANAGE_METERS)
def window(request: SiteRequest, site: Site) -> Change:
    """Set on which days residents may send readings."""
    dialog = Dialog(
        title=_("Readings by residents"),
        lead=_("On these days of each month residents can send a reading with a photo."),
        button=_("Save"),
    )
    stored = ReadingWindow.objects.filter(site=site).first()
    days = {"first_day": stored.first_day, "last_day": stored.last_day} if stored else {}
    return meter_change(
        dialog,
        WindowForm(request.POST if request.method == "POST" else None, initial=days),
        lambda data: services.set_reading_window(site, request.user, **data),
        _("Saved."),
    )


def meter_change(
    dialog: Dialog, form: PlainForm, perform: Callable[[dict[str, Any]], Any], done: Text
) -> Change:
    """Return a change after which the lists of meters and readings reload."""
    return Change(dialog, form, perform, done, ["live:meter"])


def _place(site: Site, data: dict[str, Any]) -> Place:
    building, unit = place_of(site, data["place"])
    return Place(
        utility=Utility(data["utility"]),
        measure=Measure(data["measure"]),
        building=building,
        unit=unit,
        name=data["name"],
        most_per_day=data["most_per_day"],
    )


def _new(data: dict[str, Any]) -> NewMeter:
    return NewMeter(**{name: data[name] for name in _NEW})


def _face(meter: Meter) -> dict[str, Any]:
    return {
        "whole_digits": meter.whole_digits,
        "decimals": meter.decimals,
        "multiplier": f"{meter.multiplier.normalize():f}",
    }


def _rest(data: dict[str, Any]) -> dict[str, Any]:
    """Return the data about the old meter."""
    return {name: value for name, value in data.items() if name not in _NEW}
