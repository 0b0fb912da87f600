"""A resident's meters: consumption, readings with photos, and sending a reading."""

from datetime import datetime
from functools import partial
from typing import Any, cast

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.clock import midnight
from metering import services
from metering.models import Meter, MeterReading, ReadingWindow
from metering.selectors import meters_of_unit, months, readings_of
from portal.meters.forms import ReadingForm
from portal.residents import HomeRequest, home_page, homes_with, redirect_home, render_home
from portal.submission import DONE, submit
from ui.pages import SiteRequest
from ui.photos import photo_response

_RIGHT, _HERE = "may_see_bills", "meters"
_READINGS, _MONTHS = 12, 13


@require_GET
@home_page
def meters(request: HomeRequest) -> HttpResponse:
    """List the meters of the homes whose bills the resident may see."""
    homes = [(home, list(meters_of_unit(home.unit))) for home in homes_with(request, _RIGHT)]
    context = {"homes": homes, **_window(request)}
    return render_home(request, "portal/meters/meters.html", context, here=_HERE)


@require_GET
@home_page
def meter(request: HomeRequest, pk: int) -> HttpResponse:
    """Show the consumption by month and the readings of a meter."""
    found, since = _meter_or_404(request, pk)
    context = {
        "meter": found,
        "months": [each for each in months(found.point, _MONTHS) if each.begins >= since],
        "readings": readings_of(found).filter(at__gte=since)[:_READINGS],
        **_window(request),
    }
    return render_home(request, "portal/meters/meter.html", context, here=_HERE)


@require_http_methods(["GET", "HEAD", "POST"])
@home_page
def send(request: HomeRequest, pk: int) -> HttpResponse:
    """Send a reading with a photo, within the site's window."""
    found, _since = _meter_or_404(request, pk)
    is_post = request.method == "POST"
    form = ReadingForm(request.POST if is_post else None, request.FILES if is_post else None)
    status = submit(form, partial(services.submit_reading, found, request.user))
    if status == DONE:
        return redirect_home(request, "own_meters", _("Reading sent."))
    context = {"meter": found, "form": form, **_window(request)}
    return render_home(request, "portal/meters/send.html", context, here=_HERE, status=status)


@require_GET
@home_page
def photo(request: HomeRequest, pk: int) -> HttpResponse:
    """Return the photo of a reading of the resident's meter; each view is audited."""
    reading = get_object_or_404(MeterReading.objects.select_related("meter"), pk=pk)
    _meter, since = _meter_or_404(request, reading.meter_id)
    if reading.at < since:
        raise Http404("a reading of an earlier household")
    response = photo_response(
        cast("SiteRequest", request), reading.photo, "read photograph", ("reading", pk)
    )
    # A shared phone keeps no photo of a household that has moved on.
    response["Cache-Control"] = "private, no-store"
    return response


def _meter_or_404(request: HomeRequest, pk: int) -> tuple[Meter, datetime]:
    """Return a meter in a home whose bills the resident may see, and when the home became theirs.

    Earlier readings are those of another household.

    Raises:
        Http404: there is no such meter there.
    """
    for home in homes_with(request, _RIGHT):
        own = meters_of_unit(home.unit).select_related("point__site", "site")
        found = own.filter(pk=pk).first()
        if found is not None:
            return found, midnight(home.occupancy.begins_on, request.site.timezone)
    raise Http404(f"no meter {pk}")


def _window(request: HomeRequest) -> dict[str, Any]:
    window = ReadingWindow.objects.filter(site=request.site).first()
    return {"window": window, "is_open": services.is_window_open(request.site)}
