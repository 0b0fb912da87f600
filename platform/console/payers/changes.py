"""Dialogs on a payer's account: bill charges, use or refund credit, ask for a deposit."""

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from billing import services
from billing.accounts import account_of_payer, unbilled_charges
from billing.ledger import Party
from billing.outstanding import credit_balance
from billing.payers import party_of_holder
from billing.permissions import BillingPermission
from billing.settings import settings_of
from console.payers.forms import BillForm, DepositForm, RefundCreditForm, WriteOffForm
from console.payers.views import holder_or_404
from console.second_person import written_off
from core.models import Site
from core.money import Money
from fees.services.unused import credit_unused, unused_fees
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.forms import ReasonForm, posted
from ui.guided import GuidedChange, guided_page
from ui.pages import SiteRequest

CHANGED = ["list-changed"]
_ISSUE = BillingPermission.ISSUE_BILLS


@dialog_page(_ISSUE)
def bill(request: SiteRequest, site: Site, key: str) -> Change:
    """Issue a bill of open charges that are on none."""
    payer = _payer(site, key)
    offered = unbilled_charges(site, payer)
    return Change(
        Dialog(
            title=_("New bill"),
            lead=_("It gets the next number, and can't be changed afterwards."),
            button=_("Issue bill"),
        ),
        BillForm(posted(request), offered, site),
        lambda data: services.bill_charges(
            site, payer, data["charges"], request.user, due_on=data["due_on"]
        ),
        lambda made: gettext("Bill %(number)s issued.") % {"number": made.number},
        CHANGED,
    )


@dialog_page(_ISSUE)
def use_credit(request: SiteRequest, site: Site, key: str) -> Change:
    """Pay what is owed from the payer's credit, the oldest due first."""
    payer = _payer(site, key)
    credit = credit_balance(site, payer)
    return Change(
        Dialog(
            title=_("Use credit of %(amount)s") % {"amount": credit.written()},
            lead=_("It pays what is due first. What is left stays credit."),
            button=_("Use credit"),
        ),
        confirm_form(request),
        lambda data: services.use_credit(site, payer, request.user),
        lambda minor: (
            gettext("%(amount)s used.") % {"amount": Money(minor, site.currency).written()}
        ),
        CHANGED,
    )


@dialog_page(BillingPermission.REFUND)
def refund_credit(request: SiteRequest, site: Site, key: str) -> Change:
    """Request that credit is paid back."""
    payer = _payer(site, key)
    credit = credit_balance(site, payer)
    form = RefundCreditForm(posted(request), site.currency, initial={"amount": credit.minor})
    return Change(
        Dialog(
            title=_("Refund credit"),
            lead=_("The refund is sent after it has been approved."),
            button=_("Request refund"),
            suggestions=[_("Moved out"), _("Paid twice"), _("Paid too much")],
        ),
        form,
        lambda data: services.request_credit_refund(site, payer, request.user, **data),
        lambda made: (
            ngettext("%(n)s refund requested.", "%(n)s refunds requested.", len(made))
            % {"n": len(made)}
        ),
        CHANGED,
    )


@dialog_page(_ISSUE)
def require_deposit(request: SiteRequest, site: Site, key: str) -> Change:
    """Ask the payer for a deposit."""
    payer = _payer(site, key)
    return Change(
        Dialog(
            title=_("Request a deposit"),
            lead=_("The payer gets a bill of it. What is paid is held until it is settled."),
            button=_("Ask for it"),
            suggestion_field="purpose",
            suggestions=[_("Renovation"), _("Access cards"), _("Lease")],
        ),
        DepositForm(posted(request), site.currency),
        lambda data: services.ask_for_deposit(site, payer, actor=request.user, **data),
        _("Saved."),
        CHANGED,
    )


@guided_page(_ISSUE)
def credit_fees(request: SiteRequest, site: Site, key: str) -> GuidedChange:
    """Credit fees that were billed for days after the payer moved out."""
    payer = _payer(site, key)
    return GuidedChange(
        title=_("Credit unused fees"),
        button=_("Issue credit notes"),
        form=ReasonForm(posted(request), initial={"reason": gettext("Moved out")}),
        plan=lambda data: {"fees": unused_fees(site, payer), **data},
        template="console/payers/unused_plan.html",
        perform=lambda data: credit_unused(site, payer, request.user, **data),
        done=lambda notes: (
            ngettext("%(n)s credit note issued.", "%(n)s credit notes issued.", len(notes))
            % {"n": len(notes)}
        ),
        lead=_("Fees billed for days that this payer no longer pays, such as after moving out."),
        tone="danger-soft",
        events=CHANGED,
    )


@dialog_page(BillingPermission.WRITE_OFF)
def write_off(request: SiteRequest, site: Site, key: str) -> Change:
    """Write off what is owed, or request it above the site's limit."""
    lines = account_of_payer(site, _payer(site, key)).lines
    limit = Money(settings_of(site).waiver_limit, site.currency).written()
    return Change(
        Dialog(
            title=_("Write off what is owed"),
            lead=_("Above %(limit)s, another person has to approve it.") % {"limit": limit},
            button=_("Write off"),
            tone="danger-soft",
        ),
        WriteOffForm(posted(request), [(each.charge, each.title, each.money) for each in lines]),
        lambda data: services.write_off(site, data["charges"], request.user, reason=data["reason"]),
        written_off,
        CHANGED,
    )


def _payer(site: Site, key: str) -> Party:
    return party_of_holder(holder_or_404(site, key))
