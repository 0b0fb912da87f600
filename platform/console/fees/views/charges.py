"""Amounts that staff enter: costs that units share, single charges, deposits."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from console.fees.forms.agreements import AheadForm, SharedCostForm, SingleChargeForm
from console.fees.views.common import CHANGED, item_or_404
from console.holder_picker import first_choice, posted_search
from core.models import Site
from fees.assessment import Omitted
from fees.models import FeeItem, SharedCost
from fees.permissions import FeePermission
from fees.selectors import entered_by_hand
from fees.services import ahead, shared_costs, single_charges
from ui.dialogs import Change, Dialog, confirm_form, dialog_page, preceded_by
from ui.forms import posted
from ui.guided import GuidedChange, guided_page
from ui.pages import SiteRequest, render_fragment, site_page

_MANAGE, _CHARGE = FeePermission.MANAGE_FEES, FeePermission.CHARGE_FEES


@site_page(_CHARGE)
@require_POST
def find_payers(request: SiteRequest, site: Site) -> HttpResponse:
    """Render the people and companies who match the posted name."""
    return render_fragment(request, "console/people_found.html", posted_search(request, site))


@dialog_page(_CHARGE)
def charge_once(request: SiteRequest, site: Site) -> Change:
    """Charge a payer once, or ask for a deposit; ``holder`` in the address chooses whom."""
    if not entered_by_hand(site).exists():
        return _no_item(request, site)
    first = first_choice(site, request.GET.get("holder", ""))
    return Change(
        Dialog(
            title=_("Add a one-off charge"),
            button=_("Charge"),
            lead=_("The bill is issued at once. A deposit is asked for without a bill."),
        ),
        SingleChargeForm(site, posted(request), initial=first),
        lambda data: _charge(request, data),
        _("Charged."),
        CHANGED,
    )


@guided_page(_CHARGE)
def charge_ahead(request: SiteRequest, site: Site, pk: int) -> GuidedChange:
    """Charge months of a unit at once, after a look at each of them."""
    item = item_or_404(site, pk)

    def plan(data: dict[str, Any]) -> Any:
        found = ahead.plan_ahead(item, **data)
        total = sum(each.amount for each in found)
        reasons = dict(Omitted.choices)
        return {"found": found, "total": total, "currency": item.currency, "reasons": reasons}

    return GuidedChange(
        title=_("Charge months of %(item)s ahead") % {"item": item},
        button=_("Issue bill"),
        form=AheadForm(site, posted(request)),
        plan=plan,
        template="console/fees/ahead_plan.html",
        perform=lambda data: ahead.charge_ahead(item, request.user, **data),
        done=_("Bill issued."),
        lead=_("One bill for all of them; discounts on months paid ahead count."),
        events=CHANGED,
    )


@dialog_page(_MANAGE)
def enter_cost(request: SiteRequest, site: Site, pk: int) -> Change:
    """Enter a cost of a month that units share."""
    item = item_or_404(site, pk)
    if item.method != FeeItem.Method.SHARED:
        raise Http404(f"{item.code} is not a shared cost")
    return Change(
        Dialog(
            title=_("Cost of %(item)s") % {"item": item},
            button=_("Divide"),
            lead=_("It is divided among the units in use now."),
        ),
        SharedCostForm(site, posted(request)),
        lambda data: shared_costs.enter_cost(item, request.user, **data),
        _("Cost divided."),
        CHANGED,
    )


@dialog_page(_MANAGE)
def withdraw_cost(request: SiteRequest, site: Site, pk: int) -> Change:
    """Withdraw a shared cost that is not charged yet."""
    rows = SharedCost.objects.select_related("item__site").filter(item__site=site)
    cost = get_object_or_404(rows, pk=pk)
    names = {"item": cost.item, "month": f"{cost.month:%Y-%m}"}
    return Change(
        Dialog(
            title=_("Withdraw the cost of %(item)s in %(month)s") % names,
            button=_("Withdraw"),
            lead=_("The units' parts of it are deleted."),
            tone="danger-soft",
        ),
        confirm_form(request),
        lambda data: shared_costs.withdraw_cost(cost, request.user),
        _("Cost withdrawn."),
        CHANGED,
    )


def _no_item(request: SiteRequest, site: Site) -> Change:
    """Return the dialog that leads to the fee which a single charge needs."""
    address = reverse("console:add_fee_of_method", args=[site.slug, FeeItem.Method.ONE_OFF])
    may_add = _MANAGE in request.site_permissions
    return preceded_by(
        _("Add a one-off charge"),
        _("Such charges belong to a fee that is entered by hand, and there is none yet."),
        _("Add fee"),
        address if may_add else "",
    )


def _charge(request: SiteRequest, data: dict[str, Any]) -> Any:
    item, payer, unit = data["item"], data["person"], data["unit"]
    if item.method == FeeItem.Method.DEPOSIT:
        return single_charges.ask_for_deposit(
            item, request.user, payer=payer, amount=data["amount"], unit=unit
        )
    single = single_charges.SingleCharge(
        payer=payer,
        amount=data["amount"],
        description=data["description"],
        unit=unit,
        happened_on=data["happened_on"],
        due_on=data["due_on"],
    )
    return single_charges.charge_once(item, request.user, single)
