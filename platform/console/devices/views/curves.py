"""The values of a device over time: for the chart, and as CSV files."""

import re
from collections.abc import Callable
from datetime import datetime

from django.http import Http404, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _

from console.devices.series import Span, columns, curve, lines, span_of
from core import clock
from core.errors import Rejection
from core.models import Site
from devices import selectors
from devices.models import Device
from devices.permissions import DevicePermission
from devices.telemetry.models import Latest
from devices.telemetry.selectors import Series, latest, raw_rows
from devices.units import unit_of, units_of
from ui.exports import csv_response
from ui.pages import SiteRequest, render_fragment, site_page


@site_page(DevicePermission.VIEW_DEVICES)
def values(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Render the latest value of each metric."""
    device = device_or_404(site, pk)
    context = {"device": device, "metrics": newest(device)}
    return render_fragment(request, "console/devices/values.html", context)


@site_page(DevicePermission.VIEW_DEVICES)
def series(request: SiteRequest, site: Site, pk: int) -> HttpResponseBase:
    """Return one metric's series as columns, or the error in the query string."""

    def as_columns(device: Device, span: Span, made: Series) -> HttpResponseBase:
        return JsonResponse(
            {
                "metric": made.metric,
                "unit": unit_of(device, made.metric),
                "resolution": made.resolution,
                "width": made.width.total_seconds() if made.width else None,
                "begin": span.begin.timestamp(),
                "end": span.end.timestamp(),
                "columns": columns(made),
            }
        )

    return _with_curve(request, device_or_404(site, pk), as_columns)


@site_page(DevicePermission.VIEW_DEVICES)
def series_file(request: SiteRequest, site: Site, pk: int) -> HttpResponseBase:
    """Export the points of the chart as a CSV file."""

    def as_file(device: Device, span: Span, made: Series) -> HttpResponseBase:
        mean = _("%(metric)s mean") % {"metric": _with_unit(device, made.metric)}
        header = [_("Time"), mean, _("Lowest"), _("Highest"), _("Count")]
        name = _name(device, made.metric, span, made.resolution)
        return csv_response(request, name, header, lines(made, site.timezone))

    return _with_curve(request, device_or_404(site, pk), as_file)


@site_page(DevicePermission.VIEW_DEVICES)
def raw_file(request: SiteRequest, site: Site, pk: int) -> HttpResponseBase:
    """Export every raw value of the range as a CSV file."""
    device = device_or_404(site, pk)
    metric = request.GET.get("metric", "")
    try:
        span = span_of(request.GET.dict())
        samples = raw_rows(device, metric, span.begin, span.end)
    except Rejection as rejection:
        return _refused(rejection)
    rows = ((_local(site, each.at), each.value, _local(site, each.received_at)) for each in samples)
    header = [_("Device time"), _with_unit(device, metric), _("Received")]
    return csv_response(request, _name(device, metric, span, "all"), header, rows)


def newest(device: Device) -> list[tuple[Latest, str]]:
    """Return the latest value of each of the device's metrics, with its unit."""
    units = units_of(device)
    return [(row, units.get(row.metric.name, "")) for row in latest(device)]


def device_or_404(site: Site, pk: int) -> Device:
    """Return the site's device.

    Raises:
        Http404: the site has no such device.
    """
    device = selectors.device_of(site, pk)
    if device is None:
        raise Http404(f"no device {pk} at {site.slug}")
    return device


def _with_curve(
    request: SiteRequest,
    device: Device,
    answer: Callable[[Device, Span, Series], HttpResponseBase],
) -> HttpResponseBase:
    """Respond with the series in the query string, or with the error in it."""
    try:
        span = span_of(request.GET.dict())
        made = curve(device, request.GET.get("metric", ""), span)
    except Rejection as rejection:
        return _refused(rejection)
    return answer(device, span, made)


def _refused(rejection: Rejection) -> JsonResponse:
    data = {"field": rejection.field, "message": rejection.message, "hint": rejection.hint}
    return JsonResponse(data, status=400)


def _with_unit(device: Device, metric: str) -> str:
    unit = unit_of(device, metric)
    return f"{metric} ({unit})" if unit else metric


def _local(site: Site, at: datetime) -> str:
    return clock.local(at, site.timezone).isoformat()


def _name(device: Device, metric: str, span: Span, what: str) -> str:
    """Return a file name, with other characters of the query string removed."""
    kept = re.sub(r"[^a-z0-9_.]", "", metric)[:60]
    return f"{device.code}-{kept}-{span.begin:%Y%m%d}-{span.end:%Y%m%d}-{what}"
