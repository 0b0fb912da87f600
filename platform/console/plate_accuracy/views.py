"""How well the cameras of a site read plates: an overview, and a card on each camera's page."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from access.accuracy import (
    IS_NIGHT,
    NIGHT_FROM,
    NIGHT_UNTIL,
    Figures,
    by_band,
    by_camera,
    by_day,
    hours_of,
)
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
    cameras = _cameras(site)
    found = by_camera(hours)
    by_night, by_daylight = by_camera(hours.filter(IS_NIGHT)), by_camera(hours.filter(~IS_NIGHT))
    rows = [
        (cameras[pk], found[pk], by_daylight.get(pk), by_night.get(pk))
        for pk in sorted(found, key=lambda each: cameras[each].code)
    ]
    context = {"rows": rows, "days": by_day(hours).items(), **_period()}
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
    cameras = _cameras(site)
    wanted = request.GET.get("device", "")
    chosen = [each for each in cameras.values() if wanted in ("", each.code)]
    header = [
        *(_("Camera"), _("Date"), _("Time of day"), _("Cars seen")),
        *(_("With a plate"), _("Certain"), _("Verified right"), _("Corrected")),
        _("Mean confidence"),
    ]
    return csv_response(request, f"{site.slug}-plate-accuracy", header, _lines(site, chosen))


def _lines(site: Site, cameras: list[Device]) -> Iterator[tuple[object, ...]]:
    for camera in cameras:
        hours = hours_of(site, DAYS, camera)
        for label, band in ((_("By day"), ~IS_NIGHT), (_("At night"), IS_NIGHT)):
            for day, each in by_day(hours.filter(band)).items():
                yield (camera.code, day, label, *_counts(each))


def _counts(each: Figures) -> tuple[object, ...]:
    mean = each.mean_confidence
    counts = (each.readings, each.found, each.certain, each.right, each.wrong)
    return (*counts, None if mean is None else round(mean, 4))


def _cameras(site: Site) -> dict[int, Device]:
    """Return the devices that have read plates lately, by primary key, in the order of codes."""
    own = Q(pk__in=hours_of(site, DAYS).values("device"))
    return {each.pk: each for each in Device.objects.filter(own, site=site).order_by("code")}


def _period() -> dict[str, Any]:
    return {"period": DAYS, "night": f"{NIGHT_FROM:02d}:00–{NIGHT_UNTIL:02d}:00"}
