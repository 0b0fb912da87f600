"""Readings of meters: entry, photo, correction, withdrawal and review."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from console.meters.forms import CorrectReadingForm, ReadingForm, ReviewReadingForm, WithdrawForm
from console.meters.views.meters import meter_change
from core.models import Site
from metering import selectors, services
from metering.models import MeterReading
from metering.permissions import MeteringPermission
from ui.dialogs import Change, Dialog, dialog_page
from ui.forms import PlainForm
from ui.pages import SiteRequest, Text, site_page
from ui.photos import photo_response

CORRECT_REASONS = [_("Misread"), _("Mistyped"), _("Was an estimate")]
WITHDRAW_REASONS = [_("Belongs to another meter"), _("Wrong time")]
REVIEW_REASONS = [_("Meter checked on site"), _("Counter was reset"), _("Device faulty")]


@dialog_page(MeteringPermission.ENTER_READINGS)
def enter(request: SiteRequest, site: Site, pk: int) -> Change:
    """Enter a manual reading."""
    meter = selectors.meter_or_404(site, pk)
    dialog = Dialog(
        title=_("Enter reading of %(meter)s") % {"meter": meter.serial},
        button=_("Add"),
        template="console/meters/dialog_meter.html",
        context={"meter": meter},
    )
    form = ReadingForm(request.POST or None, request.FILES or None)
    return meter_change(
        dialog,
        form,
        lambda data: services.enter_reading(meter, request.user, **form.service_arguments()),
        _("Reading saved."),
    )


@site_page(MeteringPermission.VIEW_METERS)
def photo(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Return the photo of a reading."""
    reading = selectors.reading_or_404(site, pk)
    return photo_response(request, reading.photo, "read photograph", ("reading", pk))


@dialog_page(MeteringPermission.CORRECT_READINGS)
def correct(request: SiteRequest, site: Site, pk: int) -> Change:
    """Correct a reading."""
    reading = selectors.reading_or_404(site, pk)
    dialog = Dialog(
        title=_("What did the register show?"),
        lead=_("The original entry is kept with your reason."),
        button=_("Correct"),
        suggestions=CORRECT_REASONS,
    )
    first = {"register": reading.shown} if reading.register is not None else {}
    form = CorrectReadingForm(request.POST or None, request.FILES or None, initial=first)
    return _reading_change(
        reading,
        dialog,
        form,
        lambda data: services.correct_reading(reading, request.user, **form.service_arguments()),
        _("Reading corrected."),
    )


@dialog_page(MeteringPermission.CORRECT_READINGS)
def withdraw(request: SiteRequest, site: Site, pk: int) -> Change:
    """Withdraw a reading."""
    reading = selectors.reading_or_404(site, pk)
    dialog = Dialog(
        title=_("Withdraw reading"),
        lead=_("It stays in the list with your reason and is no longer used."),
        button=_("Withdraw"),
        tone="danger-soft",
        suggestions=WITHDRAW_REASONS,
    )
    form = WithdrawForm(request.POST or None)
    return _reading_change(
        reading,
        dialog,
        form,
        lambda data: services.withdraw_reading(reading, request.user, **form.service_arguments()),
        _("Reading withdrawn."),
    )


@dialog_page(MeteringPermission.CORRECT_READINGS)
def review(request: SiteRequest, site: Site, pk: int) -> Change:
    """Accept or reject an implausible reading of a device."""
    reading = selectors.reading_or_404(site, pk)
    dialog = Dialog(
        title=_("Is this reading correct?"),
        lead=_(
            "It is not billed until you decide. Later readings that fit are then "
            "accepted automatically."
        ),
        button=_("Save"),
        suggestions=REVIEW_REASONS,
    )
    return _reading_change(
        reading,
        dialog,
        ReviewReadingForm(request.POST or None),
        lambda data: _review(reading, request, data),
        _("Saved."),
    )


def _reading_change(
    reading: MeterReading,
    dialog: Dialog,
    form: PlainForm,
    perform: Callable[[dict[str, Any]], Any],
    done: Text,
) -> Change:
    """Return a change in a dialog that shows the reading and its photo."""
    context = {"reading": reading}
    with_reading = replace(dialog, template="console/meters/dialog_reading.html", context=context)
    return meter_change(with_reading, form, perform, done)


def _review(reading: MeterReading, request: SiteRequest, data: dict[str, Any]) -> None:
    services.review_reading(
        reading,
        request.user,
        accept=data["finding"] == "accept",
        reason=data["reason"],
        rolled_over=data.get("rolled_over", False),
    )
