"""The numbers of a device over time: for the chart, and as files."""

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
    """Answer with the table of the newest number of each metric."""
    device = device_or_404(site, pk)
    context = {"device": device, "metrics": newest(device)}
    return render_fragment(request, "console/devices/values.html", context)


@site_page(DevicePermission.VIEW_DEVICES)
def series(request: SiteRequest, site: Site, pk: int) -> HttpResponseBase:
    """Answer with one metric's curve as columns, or with what is wrong with the question."""

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
    """Answer with the shown span as a CSV file, point by point as the chart has it."""

    def as_file(device: Device, span: Span, made: Series) -> HttpResponseBase:
        mean = _("%(metric)s mean") % {"metric": _with_unit(device, made.metric)}
        header = [_("Time"), mean, _("Lowest"), _("Highest"), _("Count")]
        name = _name(device, made.metric, span, made.resolution)
        return csv_response(request, name, header, lines(made, site.timezone))

    return _with_curve(request, device_or_404(site, pk), as_file)


@site_page(DevicePermission.VIEW_DEVICES)
def raw_file(request: SiteRequest, site: Site, pk: int) -> HttpResponseBase:
    """Answer with every number of the shown span as a CSV file, however many there are."""
    device = device_or_404(site, pk)
    metric = request.GET.get("metric", "")
    try:
        span = span_of(request.GET.dict())
        samples = raw_rows(device, metric, span.begin, span.end)
    except Rejection as rejection:
        return _refused(rejection)
    rows = ((_there(site, each.at), each.value, _there(site, each.received_at)) for each in samples)
    header = [_("Device time"), _with_unit(device, metric), _("Received")]
    return csv_response(request, _name(device, metric, span, "all"), header, rows)


def newest(device: Device) -> list[tuple[Latest, str]]:
    """Return the newest number of each of the device's metrics with its unit."""
    units = units_of(device)
    return [(row, units.get(row.metric.name, "")) for row in latest(device)]


def device_or_404(site: Site, pk: int) -> Device:
    """Return the site's device.

    Raises:
        Http404: it is another site's, or none.
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
    """Answer with the curve that the address asks for, or with what is wrong with the question."""
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


def _there(site: Site, at: datetime) -> str:
    return clock.local(at, site.timezone).isoformat()


def _name(device: Device, metric: str, span: Span, what: str) -> str:
    """Return a file's name: of what an address says, only what a name may hold."""
    kept = re.sub(r"[^a-z0-9_.]", "", metric)[:60]
    return f"{device.code}-{kept}-{span.begin:%Y%m%d}-{span.end:%Y%m%d}-{what}"
