"""Dialogs that credit a bill or write off what is owed of it."""

from collections.abc import Callable
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing import services
from billing.bill_accounts import lines_of, plan_credit
from billing.models import WriteOff
from billing.permissions import BillingPermission
from billing.services.second_person import exceeds_waiver_limit
from console.bills.forms import CreditForm
from console.bills.views.detail import find_bill
from console.second_person import written_off
from core.models import Site
from core.money import Money
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.forms import ReasonForm, posted
from ui.guided import GuidedChange, guided_page
from ui.pages import SiteRequest, Text

CHANGED = ["list-changed"]
_CREDIT_REASONS = [_("Wrong area"), _("Wrong reading"), _("Wrong price"), _("Charged twice")]
_LOSS_REASONS = [_("The payer is bankrupt"), _("The claim is time-barred"), _("Not worth a claim")]


@guided_page(BillingPermission.ISSUE_BILLS)
def credit(request: SiteRequest, site: Site, pk: int) -> GuidedChange:
    """Credit a bill in whole or in part, once what happens to paid money is confirmed."""
    bill = find_bill(site, pk)
    lines = lines_of(bill)
    return GuidedChange(
        title=_("Credit note of bill %(number)s") % {"number": bill.number},
        button=_("Issue credit note"),
        form=CreditForm(posted(request), lines, bill.currency),
        plan=lambda data: plan_credit(bill, lines, **data),
        template="console/bills/credit_plan.html",
        perform=lambda data: services.credit_bill(bill, request.user, **data),
        done=lambda note: _("Credit note %(number)s issued.") % {"number": note.number},
        lead=_("Enter how much is taken off each line. The bill itself is not changed."),
        tone="danger-soft",
        events=CHANGED,
    )


@dialog_page(BillingPermission.WRITE_OFF)
def write_off(request: SiteRequest, site: Site, pk: int) -> Change:
    """Write off what is left to pay of a bill, or request it above the site's limit."""
    bill = find_bill(site, pk)
    return Change(
        Dialog(
            title=_("Write off %(amount)s of bill %(number)s")
            % {"amount": _owed(bill).written(), "number": bill.number},
            lead=_lead(site, _owed(bill)),
            button=_("Write off"),
            tone="danger-soft",
            suggestions=_LOSS_REASONS,
        ),
        ReasonForm(posted(request)),
        lambda data: services.write_off_bill(bill, request.user, **data),
        written_off,
        CHANGED,
    )


@dialog_page(BillingPermission.WRITE_OFF)
def approve(request: SiteRequest, site: Site, pk: int) -> Change:
    """Approve a write-off that another person has requested."""
    return _step(
        request,
        site,
        pk,
        _("Approve the write-off of %(amount)s"),
        _("It is posted as an expense, and the payer is not asked for it any more."),
        _("Approve"),
        services.approve_write_off,
    )


@dialog_page(BillingPermission.WRITE_OFF)
def cancel(request: SiteRequest, site: Site, pk: int) -> Change:
    """Cancel a write-off that waits for a second person."""
    return _step(
        request,
        site,
        pk,
        _("Cancel the write-off of %(amount)s"),
        _("The payer is still asked for it."),
        _("Cancel the write-off"),
        services.cancel_write_off,
        "danger-soft",
    )


@dialog_page(BillingPermission.WRITE_OFF)
def reverse(request: SiteRequest, site: Site, pk: int) -> Change:
    """Ask for the money of a write-off again."""
    found = _write_off(site, pk)
    return Change(
        Dialog(
            title=_("Reverse the write-off of %(amount)s") % _amount(found),
            lead=_("The expense is taken back, and the payer is asked for the money again."),
            button=pgettext_lazy("write-off", "Reverse"),
            tone="danger-soft",
        ),
        ReasonForm(posted(request)),
        lambda data: services.reverse_write_off(found, request.user, **data),
        _("Saved."),
        CHANGED,
    )


def _step(
    request: SiteRequest,
    site: Site,
    pk: int,
    title: Any,
    lead: Text,
    button: Text,
    perform: Callable[[WriteOff, Any], WriteOff],
    tone: str = "primary",
) -> Change:
    found = _write_off(site, pk)
    return Change(
        Dialog(title=title % _amount(found), lead=lead, button=button, tone=tone),
        confirm_form(request),
        lambda data: perform(found, request.user),
        _("Saved."),
        CHANGED,
    )


def _lead(site: Site, owed: Money) -> Text:
    if not exceeds_waiver_limit(site, owed):
        return _("It is posted as an expense, and the payer is not asked for it any more.")
    return _("It is above the limit of the site: another person has to approve it first.")


def _owed(bill: Any) -> Money:
    return Money(max(0, bill.owed), bill.currency)


def _amount(found: WriteOff) -> dict[str, str]:
    return {"amount": Money(found.amount, found.currency).written()}


def _write_off(site: Site, pk: int) -> WriteOff:
    return get_object_or_404(WriteOff.objects.select_related("site"), site=site, pk=pk)
