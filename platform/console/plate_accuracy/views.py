"""How well the cameras of a site read plates: an overview, and a card on each camera's page."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from access.accuracy import (
    NIGHT_FROM,
    NIGHT_UNTIL,
    Figures,
    by_band,
    by_camera_and_band,
    by_camera_band_and_day,
    by_day,
    hours_of,
)
from access.models import CameraHour
from console.pages import render_page
from core.models import Site
from devices.models import Device
from devices.permissions import DevicePermission
from ui.exports import csv_response
from ui.pages import SiteRequest, render_fragment, site_page

DAYS = 30


@site_page(DevicePermission.VIEW_DEVICES)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """Compare the site's cameras over the last days."""
    hours = hours_of(site, DAYS)
    context = {"rows": list(_rows(hours)), "days": by_day(hours).items(), **_period()}
    return render_page(request, "console/plate_accuracy/page.html", context, "devices")


@site_page(DevicePermission.VIEW_DEVICES)
def card(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show how well one camera read plates by day; empty for a device that reads none."""
    device = get_object_or_404(Device, site=site, pk=pk)
    hours = hours_of(site, DAYS, device)
    bands = by_band(hours)
    context = {
        "device": device,
        "days": by_day(hours).items(),
        "bands": [(_("By day"), bands[False]), (_("At night"), bands[True])],
        **_period(),
    }
    return render_fragment(request, "console/plate_accuracy/card.html", context)


@site_page(DevicePermission.VIEW_DEVICES)
def days_file(request: SiteRequest, site: Site) -> HttpResponseBase:
    """Export the figures of each camera and day as a CSV file; of one with ``?device=``."""
    wanted = request.GET.get("device", "")
    hours = hours_of(site, DAYS)
    if wanted:
        hours = hours.filter(device__code=wanted)
    header = [
        *(_("Camera"), _("Date"), _("Time of day"), _("Cars seen")),
        *(_("With a plate"), _("Certain"), _("Verified right"), _("Corrected")),
        _("Mean confidence"),
    ]
    return csv_response(request, f"{site.slug}-plate-accuracy", header, _lines(hours))


def _rows(hours: QuerySet[CameraHour]) -> Iterator[tuple[Device, Figures, Figures, Figures]]:
    """Yield cameras by their codes, each with its figures: all of them, by day, at night."""
    found = by_camera_and_band(hours)
    cameras = Device.objects.filter(pk__in={pk for pk, _night in found})
    for camera in cameras.order_by("code"):
        day, night = (found.get((camera.pk, band), Figures()) for band in (False, True))
        yield camera, day + night, day, night


def _lines(hours: QuerySet[CameraHour]) -> Iterator[tuple[object, ...]]:
    found = by_camera_band_and_day(hours)
    own = Device.objects.filter(pk__in={pk for pk, *_key in found})
    codes = dict(own.values_list("pk", "code"))
    bands = {False: _("By day"), True: _("At night")}
    for (pk, night, day), each in sorted(found.items(), key=lambda row: codes[row[0][0]]):
        yield (codes[pk], day, bands[night], *_counts(each))


def _counts(each: Figures) -> tuple[object, ...]:
    mean = each.mean_confidence
    counts = (each.readings, each.found, each.certain, each.right, each.wrong)
    return (*counts, None if mean is None else round(mean, 4))


def _period() -> dict[str, Any]:
    return {"period": DAYS, "night": f"{NIGHT_FROM:02d}:00–{NIGHT_UNTIL:02d}:00"}
