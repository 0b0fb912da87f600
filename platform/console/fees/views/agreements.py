"""Discounts and leases: the lists, and dialogs that agree, approve and end them."""

from typing import Any

from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from console.fees.forms.agreements import DiscountForm, LastDayForm, LeaseForm
from console.fees.listing import DISCOUNTS, LEASES
from console.fees.views.common import CHANGED
from console.pages import render_list
from core import audit
from core.models import Site
from fees import selectors
from fees.models import Discount, Lease
from fees.permissions import FeePermission
from fees.services import agreements
from fees.services import leases as services
from fees.services.agreements import NewDiscount
from fees.services.leases import NewLease, NewStep
from people.periods import ends_after, last_day
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.forms import ConfirmForm, ReasonForm, posted
from ui.guided import GuidedChange, guided_page
from ui.lists import list_page
from ui.pages import SiteRequest, site_page

_MANAGE, _APPROVE = FeePermission.MANAGE_FEES, FeePermission.APPROVE_DISCOUNTS


@site_page(FeePermission.VIEW_FEES)
@require_http_methods(["GET", "HEAD", "POST"])
def discounts(request: SiteRequest, site: Site) -> HttpResponseBase:
    """List the discounts."""
    render = render_list(request, "discounts", "console/fees/discounts.html")
    return list_page(request, DISCOUNTS, render)


@dialog_page(_MANAGE)
def request_discount(request: SiteRequest, site: Site) -> Change:
    """Request a discount."""
    return Change(
        Dialog(
            title=_("Request discount"),
            button=_("Request"),
            lead=_("It counts for what is charged once a second person has approved it."),
        ),
        DiscountForm(site, posted(request)),
        lambda data: agreements.request_discount(data["item"], request.user, _new_discount(data)),
        _("Requested. It is waiting for approval."),
        CHANGED,
    )


@dialog_page(_APPROVE)
def approve_discount(request: SiteRequest, site: Site, pk: int) -> Change:
    """Approve a discount."""
    row = _discount(site, pk)
    return Change(
        Dialog(title=_("Approve discount"), button=_("Approve"), lead=_described(row)),
        confirm_form(request),
        lambda data: agreements.approve_discount(row, request.user),
        _("Discount approved."),
        CHANGED,
    )


@dialog_page(_APPROVE)
def refuse_discount(request: SiteRequest, site: Site, pk: int) -> Change:
    """Refuse a discount."""
    row = _discount(site, pk)
    return Change(
        Dialog(
            title=_("Refuse discount"), button=_("Refuse"), lead=_described(row), tone="danger-soft"
        ),
        ReasonForm(posted(request)),
        lambda data: agreements.refuse_discount(row, request.user, data["reason"]),
        _("Discount refused."),
        CHANGED,
    )


@dialog_page(_MANAGE)
def end_discount(request: SiteRequest, site: Site, pk: int) -> Change:
    """End a discount."""
    row = _discount(site, pk)
    return Change(
        Dialog(title=_("End discount"), button=_("End"), lead=_described(row), tone="danger-soft"),
        LastDayForm(posted(request)),
        lambda data: agreements.end_discount(row, request.user, data["ends_on"]),
        _("Saved."),
        CHANGED,
    )


@site_page(FeePermission.VIEW_FEES)
@require_http_methods(["GET", "HEAD", "POST"])
def leases(request: SiteRequest, site: Site) -> HttpResponseBase:
    """List the leases, and audit the view of who rents what."""
    audit.record_read(site, request.user, "read leases", ("site", site.pk))
    return list_page(request, LEASES, render_list(request, "leases", "console/fees/leases.html"))


@guided_page(_MANAGE)
def add_lease(request: SiteRequest, site: Site) -> GuidedChange:
    """Add a lease, after a look at the rent of each month."""

    def plan(data: dict[str, Any]) -> Any:
        new = _new_lease(data)
        months = services.preview(data["item"], new)
        return {"new": new, "months": months, "currency": site.currency}

    return GuidedChange(
        title=_("Add lease"),
        button=_("Add"),
        form=LeaseForm(site, posted(request)),
        plan=plan,
        template="console/fees/lease_plan.html",
        perform=lambda data: services.add_lease(data["item"], request.user, _new_lease(data)),
        done=_("Lease added."),
        events=CHANGED,
    )


@dialog_page(FeePermission.VIEW_FEES)
def lease_months(request: SiteRequest, site: Site, pk: int) -> Change:
    """Show the rent of each month of a lease."""
    lease = _lease(site, pk)
    months = services.months_of_rent(lease)
    dialog = Dialog(
        title=_("Rents of %(unit)s") % {"unit": lease.unit},
        button="",
        template="console/fees/rents.html",
        context={"months": months, "currency": site.currency},
    )
    return Change(dialog, ConfirmForm(None), lambda data: None, "")


@dialog_page(_MANAGE)
def end_lease(request: SiteRequest, site: Site, pk: int) -> Change:
    """End a lease."""
    lease = _lease(site, pk)
    return Change(
        Dialog(
            title=_("End the lease of %(unit)s") % {"unit": lease.unit},
            button=_("End"),
            lead=_("Rent is charged until its last day. What was billed for later days stays."),
            tone="danger-soft",
        ),
        LastDayForm(posted(request), initial={"last_day": last_day(lease.ends_on)}),
        lambda data: services.end_lease(lease, request.user, data["ends_on"]),
        _("Saved."),
        CHANGED,
    )


def _new_discount(data: dict[str, Any]) -> NewDiscount:
    return NewDiscount(**{name: value for name, value in data.items() if name != "item"})


def _new_lease(data: dict[str, Any]) -> NewLease:
    return NewLease(
        unit=data["unit"],
        tenant=data["person"],
        begins_on=data["begins_on"],
        steps=[NewStep(data["begins_on"], data["rent"]), *data["steps"]],
        ends_on=ends_after(data["ends_on"]),
        number=data["number"],
        deposit=data["deposit"] or 0,
    )


def _described(row: Discount) -> str:
    names = {
        "percent": f"{row.percent.normalize():f}",
        "item": row.item,
        "unit": row.unit or _("all units"),
        "day": row.begins_on.isoformat(),
        "reason": row.reason,
    }
    return _("%(percent)s %% of %(item)s for %(unit)s from %(day)s: %(reason)s") % names


def _discount(site: Site, pk: int) -> Discount:
    return get_object_or_404(selectors.discounts(site), pk=pk)


def _lease(site: Site, pk: int) -> Lease:
    return get_object_or_404(selectors.leases(site).prefetch_related("steps"), pk=pk)
