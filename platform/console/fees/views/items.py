"""Fee items: the list, one with its prices, and changes to it."""

from typing import Any

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from console.fees.forms.agreements import LastDayForm
from console.fees.forms.items import AssignForm, ItemForm, LateFeeForm, PriceForm, TryForm
from console.fees.listing import FEE_ITEMS
from console.fees.views.common import CHANGED, item_or_404
from console.pages import render_list, render_page
from core.models import Site
from fees.assessment import Omitted, assess
from fees.models import FeeAssignment, FeeItem, FeePrice
from fees.permissions import FeePermission
from fees.selectors import prices_of
from fees.services import agreements, items, prices
from fees.services.ahead import METHODS
from fees.services.items import revision_of, values_of
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.forms import ConfirmForm, posted
from ui.guided import GuidedChange, guided_page
from ui.lists import list_page
from ui.pages import SiteRequest, render_fragment, site_page

_MANAGE = FeePermission.MANAGE_FEES
_SHOWN = 100


@site_page(FeePermission.VIEW_FEES)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SiteRequest, site: Site) -> HttpResponseBase:
    """List the fee items."""
    return list_page(
        request, FEE_ITEMS, render_list(request, "fee_items", "console/fees/list.html")
    )


@site_page(FeePermission.VIEW_FEES)
def one(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show a fee item with its prices, its units and its costs."""
    item = item_or_404(site, pk)
    context = {
        "item": item,
        "prices": prices_of(item)[:_SHOWN],
        "assignments": _assignments(item)[:_SHOWN],
        "costs": item.costs.select_related("building").order_by("-month", "-pk")[:_SHOWN],
        "monthly": item.method in FeeItem.MONTHLY,
        "priced": item.method in FeeItem.PRICED,
        "ahead": item.method in METHODS,
        "try_form": TryForm(site),
    }
    return render_page(request, "console/fees/item.html", context, "fee_items")


@site_page(FeePermission.VIEW_FEES)
def try_out(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show what one unit owes of a fee for a month."""
    item, form = item_or_404(site, pk), TryForm(site, request.GET)
    found = None
    if form.is_valid() and form.cleaned_data["unit"] and form.cleaned_data["month"]:
        unit, month = form.cleaned_data["unit"], form.cleaned_data["month"]
        found = assess(site, [item], month, [unit.pk])
    context = {"item": item, "form": form, "found": found, "reasons": dict(Omitted.choices)}
    return render_fragment(request, "console/fees/tried.html", context)


@dialog_page(_MANAGE)
def choose_method(request: SiteRequest, site: Site) -> Change:
    """Offer the methods of a new fee."""
    dialog = Dialog(
        title=_("Add fee"),
        button="",
        lead=_("How is its amount worked out?"),
        template="console/fees/methods.html",
        context={"methods": FeeItem.Method.choices},
    )
    return Change(dialog, ConfirmForm(None), lambda data: None, "")


@dialog_page(_MANAGE)
def add(request: SiteRequest, site: Site, method: str) -> Change:
    """Add a fee item of a method."""
    label = dict(FeeItem.Method.choices).get(method)
    if label is None:
        raise Http404(f"no method {method}")
    return Change(
        Dialog(title=_("Add fee: %(method)s") % {"method": label}, button=_("Add")),
        ItemForm(method, posted(request)),
        lambda data: items.add_item(site, request.user, method=method, **_values(data)),
        _("Fee added. Open it to set its price.") if method in FeeItem.PRICED else _("Fee added."),
        CHANGED,
    )


@dialog_page(_MANAGE)
def change(request: SiteRequest, site: Site, pk: int) -> Change:
    """Change a fee item."""
    item = item_or_404(site, pk)
    first = {**values_of(item), "revision": revision_of(item)}
    return Change(
        Dialog(
            title=_("Change %(item)s") % {"item": item},
            button=_("Save"),
            lead=_("What was charged before stays as it is."),
        ),
        ItemForm(item.method, posted(request), initial=first, is_new=False),
        lambda data: items.change_item(item, request.user, **data),
        _("Saved."),
        CHANGED,
    )


@guided_page(_MANAGE)
def set_price(request: SiteRequest, site: Site, pk: int) -> GuidedChange:
    """Set the price of an item from a day on, after a look at what a unit would owe."""
    item = item_or_404(site, pk)
    if item.method not in FeeItem.PRICED:
        raise Http404(f"{item.code} has no price")

    def plan(data: dict[str, Any]) -> Any:
        tried = prices.try_price(item, request.user, data["unit"], **_price(data))
        return {"tried": tried, "data": data, "item": item, "reasons": dict(Omitted.choices)}

    return GuidedChange(
        title=_("Price of %(item)s") % {"item": item},
        button=_("Save"),
        form=PriceForm(item, posted(request)),
        plan=plan,
        template="console/fees/price_plan.html",
        perform=lambda data: prices.set_price(item, request.user, **_price(data)),
        done=_("Saved."),
        lead=_("The price before ends where this one begins."),
        events=CHANGED,
    )


@dialog_page(_MANAGE)
def withdraw_price(request: SiteRequest, site: Site, pk: int) -> Change:
    """Withdraw the latest price of an item."""
    rows = FeePrice.objects.select_related("item__site").filter(item__site=site)
    price = get_object_or_404(rows, pk=pk)
    names = {"item": price.item, "day": price.begins_on.isoformat()}
    return Change(
        Dialog(
            title=_("Withdraw the price of %(item)s from %(day)s") % names,
            button=_("Withdraw"),
            lead=_("The price before goes on. A price that was charged can't be withdrawn."),
            tone="danger-soft",
        ),
        confirm_form(request),
        lambda data: prices.withdraw_price(price, request.user),
        _("Price withdrawn."),
        CHANGED,
    )


@dialog_page(_MANAGE)
def set_late_fee(request: SiteRequest, site: Site, pk: int) -> Change:
    """Set the late fee of an item."""
    item = item_or_404(site, pk)
    rule = getattr(item, "late_fee", None)
    first = {}
    if rule is not None:
        first = {"rate": rule.rate_per_day * 100, "grace_days": rule.grace_days, "cap": rule.cap}
    return Change(
        Dialog(
            title=_("Late fee of %(item)s") % {"item": item},
            button=_("Save"),
            lead=_("A contract penalty: it needs a clause in the contract with the payers."),
        ),
        LateFeeForm(posted(request), initial=first),
        lambda data: items.set_late_fee(item, request.user, **data),
        _("Saved."),
        CHANGED,
    )


@dialog_page(_MANAGE)
def assign(request: SiteRequest, site: Site, pk: int) -> Change:
    """Charge an item to a unit, or exempt the unit."""
    item = item_or_404(site, pk)
    return Change(
        Dialog(title=_("Units of %(item)s") % {"item": item}, button=_("Save")),
        AssignForm(site, posted(request)),
        lambda data: agreements.assign_unit(item, request.user, **data),
        _("Saved."),
        CHANGED,
    )


@dialog_page(_MANAGE)
def end_assignment(request: SiteRequest, site: Site, pk: int) -> Change:
    """End what was agreed on a unit."""
    rows = FeeAssignment.objects.select_related("item__site", "unit__building")
    row = get_object_or_404(rows.filter(item__site=site), pk=pk)
    names = {"item": row.item, "unit": row.unit}
    return Change(
        Dialog(
            title=_("End the agreement on %(item)s for %(unit)s") % names,
            button=_("End"),
            lead=_("What was charged stays as it is."),
            tone="danger-soft",
        ),
        LastDayForm(posted(request)),
        lambda data: agreements.end_assignment(row, request.user, data["ends_on"]),
        _("Saved."),
        CHANGED,
    )


@dialog_page(_MANAGE)
def end(request: SiteRequest, site: Site, pk: int) -> Change:
    """End a fee item."""
    item = item_or_404(site, pk)
    return Change(
        Dialog(
            title=_("End %(item)s") % {"item": item},
            button=_("End"),
            lead=_("It is charged no more, also for months that are not billed yet."),
            tone="danger-soft",
        ),
        confirm_form(request),
        lambda data: items.end_item(item, request.user),
        _("Ended."),
        CHANGED,
    )


def _assignments(item: FeeItem) -> Any:
    rows = item.assignments.select_related("unit__building")
    return rows.order_by("unit__building__code", "unit__code", "begins_on")


def _price(data: dict[str, Any]) -> dict[str, Any]:
    tiers = data.get("tiers") or []
    return {"begins_on": data["begins_on"], "price": data["price"], "tiers": tiers}


def _values(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name != "revision"}
