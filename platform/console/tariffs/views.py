"""Tariffs: versions in words, previews, publishing and withdrawing."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

import pricing
from console.pages import render_page
from console.tariffs.editor import as_json
from console.tariffs.forms import PreviewForm
from console.tariffs.lots import lots_with_tariffs
from console.tariffs.previews import Preview, make_preview, this_hour, vehicle_choices
from console.tariffs.template_forms import TEMPLATES
from core import clock
from core.models import Site
from parking.charging import compiled
from parking.labels import describe_tariff, tidy
from parking.models import Tariff
from parking.permissions import ParkingPermission
from parking.publishing import withdraw_tariff
from parking.selectors import tariff_at
from ui.dialogs import Dialog, run_dialog
from ui.forms import ReasonForm
from ui.pages import SiteRequest, site_page


@site_page(ParkingPermission.MANAGE_TARIFFS)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """List the versions of every lot, newest first."""
    tariffs = list(_of_site(site).order_by("lot__code", "-valid_from", "-version"))
    lots, now = lots_with_tariffs(site), clock.now()
    in_force = {tariff for _lot, tariff in lots if tariff is not None}
    context = {
        "tariffs": [(each, _state(each, in_force, now)) for each in tariffs],
        "without": [lot for lot, tariff in lots if tariff is None],
        "templates": TEMPLATES.items(),
    }
    return render_page(request, "console/tariffs/list.html", context, "tariffs")


@site_page(ParkingPermission.MANAGE_TARIFFS)
def one(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show one version in words, with a preview of prices beside the version in force."""
    row = get_object_or_404(_of_site(site), pk=pk)
    tariff = compiled(row)
    classes = vehicle_choices(site, tariff.vehicles)
    form = PreviewForm(classes, request.GET or None, initial={"entry": this_hour()})
    context = {
        "tariff": row,
        "said": describe_tariff(row.document),
        "document": as_json(tidy(row.document)),
        "form": form,
        "preview": _preview(row, tariff, form),
        "can_withdraw": row.withdrawn_at is None and row.valid_from > clock.now(),
    }
    return render_page(request, "console/tariffs/detail.html", context, "tariffs")


@site_page(ParkingPermission.MANAGE_TARIFFS)
@require_http_methods(["GET", "POST"])
def withdraw(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Withdraw a version before its start."""
    row = get_object_or_404(_of_site(site), pk=pk)
    return run_dialog(
        request,
        Dialog(
            title=_("Withdraw %(tariff)s") % {"tariff": row},
            button=_("Withdraw"),
            lead=_("It will not come into force. The version before it stays in force."),
            tone="danger-soft",
        ),
        ReasonForm(request.POST or None),
        lambda data: withdraw_tariff(row, request.user, data["reason"]),
        _("Version withdrawn."),
        events=["tariff-changed"],
    )


def _preview(row: Tariff, tariff: pricing.Tariff, form: PreviewForm) -> Preview | None:
    """Return the version's prices; an entry that cannot be priced is an error of its field."""
    entry, vehicle = this_hour(), ""
    if form.is_valid():
        entry, vehicle = form.cleaned_data["entry"] or entry, form.cleaned_data["vehicle"]
    in_force = tariff_at(row.lot_id, clock.now())
    against = in_force if in_force != row else None
    try:
        return make_preview(row.document, tariff, entry, vehicle, against)
    except pricing.PricingError as error:
        form.add_error("entry", error.message)
        return None


def _state(row: Tariff, in_force: set[Tariff], now: datetime) -> str:
    if row.withdrawn_at is not None:
        return "withdrawn"
    if row in in_force:
        return "in_force"
    return "ahead" if row.valid_from > now else "older"


def _of_site(site: Site) -> Any:
    return Tariff.objects.filter(lot__site=site).select_related(
        "lot", "published_by", "withdrawn_by"
    )
