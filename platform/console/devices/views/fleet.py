"""A site's devices as a whole: health, firmware and batteries."""

from collections.abc import Iterator
from datetime import timedelta

from django.http import HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from console.devices.firmware import FIRMWARE
from console.devices.forms.filters import BatteryFilter
from console.pages import render_list, render_page
from core import clock
from core.models import Site
from devices import fleet
from devices.fleet import Battery
from devices.models import Command
from devices.permissions import DevicePermission
from devices.selectors import open_letters
from incidents.selectors import active_of_devices
from ui.exports import csv_response
from ui.lists import list_page
from ui.pages import SiteRequest, site_page
from ui.tables import paginate

_SHOWN = 12
LATELY = timedelta(hours=24)
LOW_PERCENT = 20


@site_page(DevicePermission.VIEW_DEVICES)
def health(request: SiteRequest, site: Site) -> HttpResponse:
    """Show the devices that need attention."""
    failed = fleet.failed_commands(site, clock.now() - LATELY)
    batteries = [each for each in fleet.batteries(site) if _below(each, LOW_PERCENT)]
    versions = fleet.firmware(site)
    context = {
        "counts": fleet.counts(site),
        "clock_off_s": int(fleet.CLOCK_TOLERANCE.total_seconds()),
        "incidents": active_of_devices(site, _SHOWN),
        "silent": fleet.silent(site)[:_SHOWN],
        "clocks_off": fleet.clocks_off(site)[:_SHOWN],
        "never": fleet.never_seen(site)[:_SHOWN],
        "failed": failed[:_SHOWN],
        "failed_count": failed.count(),
        "low": batteries[:_SHOWN],
        "low_count": len(batteries),
        "low_percent": LOW_PERCENT,
        "outdated_count": sum(each.devices for each in versions if each.outdated),
        "letters_count": open_letters(site).count(),
        "states": Command.State,
    }
    return render_page(request, "console/devices/health.html", context, "devices")


@site_page(DevicePermission.VIEW_DEVICES)
@require_http_methods(["GET", "HEAD", "POST"])
def firmware(request: SiteRequest, site: Site) -> HttpResponseBase:
    """List the firmware versions in use, and the devices that run them."""
    render = render_list(request, "devices", "console/devices/firmware.html")
    return list_page(request, FIRMWARE, render, versions=fleet.firmware(site))


@site_page(DevicePermission.VIEW_DEVICES)
def batteries(request: SiteRequest, site: Site) -> HttpResponse:
    """List the batteries, lowest first."""
    form = BatteryFilter(request.GET)
    found = _filtered_batteries(site, form)
    context = {
        "form": form,
        "page": paginate(request, found),
        "low_percent": LOW_PERCENT,
        "volts": any(each.volt is not None for each in found),
    }
    return render_page(request, "console/devices/batteries.html", context, "devices")


@site_page(DevicePermission.VIEW_DEVICES)
def batteries_file(request: SiteRequest, site: Site) -> HttpResponseBase:
    """Export the batteries as a CSV file."""
    header = [_("Device"), _("Name"), "%", "V", f"{_('Signal')} (dBm)", _("Device time")]
    rows = _battery_rows(site, _filtered_batteries(site, BatteryFilter(request.GET)))
    return csv_response(request, f"{site.slug}-batteries", header, rows)


def _filtered_batteries(site: Site, form: BatteryFilter) -> list[Battery]:
    criteria = form.criteria()
    text, below = criteria.get("q", "").lower(), criteria.get("below")
    return [
        each
        for each in fleet.batteries(site)
        if (below is None or _below(each, below))
        and text in f"{each.device.code} {each.device.name}".lower()
    ]


def _below(battery: Battery, percent: int) -> bool:
    return battery.percent is not None and battery.percent < percent


def _battery_rows(site: Site, found: list[Battery]) -> Iterator[tuple[object, ...]]:
    for each in found:
        at = clock.local(each.at, site.timezone).isoformat()
        yield each.device.code, each.device.name, each.percent, each.volt, each.rssi, at
