"""Tariffs: versions in words, previews, publishing and withdrawing."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

import pricing
from console.pages import redirect_to, render_page
from console.tariffs.forms import PreviewForm, TariffForm
from core import clock
from core.errors import Rejection
from core.models import Site
from parking.charging import compiled
from parking.labels import describe_tariff, tidy
from parking.models import Tariff
from parking.permissions import ParkingPermission
from parking.publishing import (
    Publication,
    plan_publication,
    publish_tariff,
    withdraw_tariff,
)
from parking.selectors import tariff_at
from ui.dialogs import Dialog, run_dialog
from ui.forms import PlainForm, ReasonForm
from ui.pages import SiteRequest, site_page
from ui.query_params import whole_number

_PREVIEW_HOURS = 72
_PREVIEW_EVERY = 5


@site_page(ParkingPermission.MANAGE_TARIFFS)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """List the versions of every lot, newest first."""
    tariffs = list(_of_site(site).order_by("lot__code", "-valid_from", "-version"))
    now = clock.now()
    in_force = {tariff_at(lot_id, now) for lot_id in {each.lot_id for each in tariffs}}
    context = {"tariffs": [(each, _state(each, in_force, now)) for each in tariffs]}
    return render_page(request, "console/tariffs/list.html", context, "tariffs")


@site_page(ParkingPermission.MANAGE_TARIFFS)
def one(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show one version in words, with a preview of prices."""
    row = get_object_or_404(_of_site(site), pk=pk)
    tariff = compiled(row)
    form = PreviewForm(sorted(tariff.vehicles), request.GET or None, initial={"entry": _hour()})
    entry, vehicle = _hour(), ""
    if form.is_valid():
        entry, vehicle = form.cleaned_data["entry"], form.cleaned_data["vehicle"]
    context = {
        "tariff": row,
        "said": describe_tariff(row.document),
        "document": _as_json(row),
        "form": form,
        "preview": _preview(tariff, entry, vehicle, form, "entry"),
        "entry": entry,
        "can_withdraw": row.withdrawn_at is None and row.valid_from > clock.now(),
    }
    return render_page(request, "console/tariffs/detail.html", context, "tariffs")


@site_page(ParkingPermission.MANAGE_TARIFFS)
@require_http_methods(["GET", "POST"])
def publish(request: SiteRequest, site: Site) -> HttpResponse:
    """Write a version, preview what it says and does, and publish it after a confirmation."""
    form = TariffForm(site, request.POST or None, initial=_template(request, site))
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid() and "edit" not in request.POST:
        data = form.cleaned_data
        lot, rest = data["lot"], {"text": data["document"], "valid_from": _start(data)}
        try:
            if "confirm" in request.POST:
                made = publish_tariff(lot, request.user, **rest)
                return redirect_to(request, "tariff", site.slug, made.pk)
            context |= _planned(plan_publication(lot, **rest), form)
        except Rejection as rejection:
            form.add_rejection(rejection)
    status = 422 if form.errors else 200
    return render_page(request, "console/tariffs/publish.html", context, "tariffs", status)


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


def _planned(plan: Publication, form: TariffForm) -> dict[str, Any]:
    preview = _preview(plan.tariff, plan.valid_from, "", form, "valid_from")
    if form.errors:
        return {}
    return {
        "plan": plan,
        "said": describe_tariff(plan.document),
        "preview": preview,
        "entry": plan.valid_from,
        "currency": plan.tariff.currency,
    }


def _start(data: dict[str, Any]) -> datetime:
    """Return when the version starts: a start in the past would change prices of the past."""
    return max(data["valid_from"], clock.now())


def _state(row: Tariff, in_force: set[Tariff | None], now: datetime) -> str:
    if row.withdrawn_at is not None:
        return "withdrawn"
    if row in in_force:
        return "in_force"
    return "ahead" if row.valid_from > now else "older"


def _of_site(site: Site) -> Any:
    return Tariff.objects.filter(lot__site=site).select_related(
        "lot", "published_by", "withdrawn_by"
    )


def _template(request: SiteRequest, site: Site) -> dict[str, Any]:
    """Return the initial data: the version named by ``from``, if any."""
    begun = whole_number(request.GET.get("from", ""))
    row = _of_site(site).filter(pk=begun).first() if begun is not None else None
    if row is None:
        return {}
    return {"lot": row.lot, "document": _as_json(row)}


def _as_json(row: Tariff) -> str:
    return json.dumps(tidy(row.document), indent=2, ensure_ascii=False)


def _hour() -> datetime:
    return timezone.localtime().replace(minute=0, second=0, microsecond=0)


def _preview(
    tariff: pricing.Tariff, entry: datetime, vehicle: str, form: PlainForm, field: str
) -> list[dict[str, Any]]:
    """Return the ranges of stays of the same price, up to 72 hours.

    An entry that cannot be priced is an error of the form's field.
    """
    try:
        rows = pricing.preview(
            tariff, entry, hours=_PREVIEW_HOURS, every=_PREVIEW_EVERY, vehicle=vehicle or None
        )
    except pricing.PricingError as error:
        form.add_error(field, error.message)
        return []
    spans: list[dict[str, Any]] = []
    for row in rows:
        length = timedelta(minutes=row.minutes)
        if spans and spans[-1]["amount"] == row.amount:
            spans[-1] |= {"until": length, "exit": row.exit}
        else:
            spans.append({"from": length, "until": length, "exit": row.exit, "amount": row.amount})
    return spans
