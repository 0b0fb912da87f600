"""Find a payer, see what is owed, take money, void what was mistyped."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from billing import desk, services
from billing.bill_details import titles_of
from billing.drawers import open_drawer_of
from billing.ledger import Party
from billing.methods import is_cash
from billing.models import Payment, PaymentVoid
from billing.outstanding import Owed, credit_balance, owed_by
from billing.penalties import accrued_penalties, total_of
from billing.permissions import BillingPermission
from billing.services.penalties import penalties_come_first
from billing.settings import settings_of
from console.cashier.forms import TakeForm
from console.holder_picker import chosen_holder, people_found
from console.pages import render_page
from console.second_person import waits_for_other
from core import audit
from core.models import Site
from core.money import Money
from people.models import Holder
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.forms import ReasonForm, posted
from ui.pages import SiteRequest, render_fragment, site_page

_TAKE = BillingPermission.TAKE_PAYMENT
_CHANGED = ["live:payment", "live:drawer"]
_PAYMENTS = 20
_CASH_BACK = gettext_lazy(
    "Give the cash back first. The charges are owed again, and the receipt is marked "
    "as void. Above the site's limit, a colleague approves it."
)
_SLIP_BACK = gettext_lazy(
    "Cancel the card slip, or hand the cheque back first. The charges are owed again, and the "
    "receipt is marked as void. Above the site's limit, a colleague approves it."
)


@site_page(_TAKE)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """Offer the search for a payer, and the voids that wait for approval."""
    voids = desk.voids_to_approve(site)
    context = {
        "drawer": open_drawer_of(site, request.user),
        "voids": voids,
        "waits_for_other": waits_for_other(voids, request.user),
    }
    return render_page(request, "console/cashier/cashier.html", context, "cashier")


@site_page(_TAKE)
@require_POST
def find(request: SiteRequest, site: Site) -> HttpResponse:
    """Render the payers who match the posted name, unit, phone, or reference of a bill."""
    text = request.POST.get("text", "").replace("\0", "")[:120]
    context = {
        "bills": desk.bills_with(site, text)[:5],
        "found": people_found(site, text),
        "text": text.strip(),
    }
    return render_fragment(request, "console/cashier/payers_found.html", context)


@site_page(_TAKE)
def payer(request: SiteRequest, site: Site, pk: int, kind: str) -> HttpResponse:
    """Show what a payer owes, the credit and the latest payments."""
    holder, party = _holder(request, site, kind, pk)
    owed = owed_by(site, party)
    titles = titles_of(each.charge for each in owed)
    accrued = accrued_penalties([each.charge for each in owed])
    context = {
        "holder": holder,
        "kind": kind,
        "owed": [(each, titles[each.charge.pk]) for each in owed],
        "accrued": accrued,
        "total": Money(sum(_own(site, owed)), site.currency) + total_of(accrued, site.currency),
        "credit": credit_balance(site, party),
        "payments": desk.payments_of(site, party)[:_PAYMENTS],
    }
    return render_page(request, "console/cashier/payer.html", context, "cashier")


@dialog_page(_TAKE)
def take(request: SiteRequest, site: Site, pk: int, kind: str) -> Change:
    """Take money of a payer."""
    holder, party = _holder(request, site, kind, pk)
    owed = [each for each in owed_by(site, party) if each.charge.currency == site.currency]
    titles = titles_of(each.charge for each in owed)
    accrued = total_of(accrued_penalties([each.charge for each in owed]), site.currency)
    form = TakeForm(
        posted(request),
        currency=site.currency,
        owed=[(each.charge, f"{titles[each.charge.pk]}: {each.money.written()}") for each in owed],
        allows_part=settings_of(site).allows_part_payment,
    )
    if accrued:
        form.add_late_fees(accrued, come_first=penalties_come_first(site))
    return Change(
        Dialog(
            title=_("Take a payment of %(name)s") % {"name": holder.name},
            button=gettext_lazy("Take payment"),
            lead=gettext_lazy("Count cash first: it is recorded in your drawer."),
        ),
        form,
        lambda data: _take(request, site, party, data),
        lambda payment: _("%(amount)s received, receipt %(number)s.") % _names(payment),
        _CHANGED,
    )


@dialog_page(_TAKE)
def void(request: SiteRequest, site: Site, pk: int) -> Change:
    """Void a payment of the desk, or request it."""
    payment = get_object_or_404(Payment.objects.select_related("site"), site=site, pk=pk)
    return Change(
        Dialog(
            title=_("Void receipt %(number)s of %(amount)s") % _names(payment),
            button=gettext_lazy("Void"),
            lead=_CASH_BACK if is_cash(payment) else _SLIP_BACK,
            tone="danger-soft",
        ),
        ReasonForm(posted(request)),
        lambda data: services.void_payment(payment, request.user, reason=data["reason"]),
        lambda done: (
            gettext_lazy("Payment voided.")
            if done.state == PaymentVoid.State.DONE
            else gettext_lazy("A colleague has to approve the void.")
        ),
        _CHANGED,
    )


@dialog_page(_TAKE)
def approve_void(request: SiteRequest, site: Site, pk: int) -> Change:
    """Approve the void that a colleague requested."""
    found = _void(site, pk)
    return Change(
        Dialog(
            title=_("Void receipt %(number)s of %(amount)s") % _names(found.payment),
            button=gettext_lazy("Void"),
            lead=found.reason,
            tone="danger-soft",
        ),
        confirm_form(request),
        lambda data: services.approve_void(found, request.user),
        gettext_lazy("Payment voided."),
        _CHANGED,
    )


@dialog_page(_TAKE)
def cancel_void(request: SiteRequest, site: Site, pk: int) -> Change:
    """Cancel a void that waits for approval; the payment stays."""
    found = _void(site, pk)
    return Change(
        Dialog(
            title=_("Keep receipt %(number)s of %(amount)s") % _names(found.payment),
            button=gettext_lazy("Keep payment"),
        ),
        confirm_form(request),
        lambda data: services.cancel_void(found, request.user),
        gettext_lazy("Saved."),
        _CHANGED,
    )


def _take(request: SiteRequest, site: Site, party: Party, data: dict[str, object]) -> Payment:
    received, charges = TakeForm.received(data)
    return services.take_payment(site, request.user, party, received, charges, key=str(data["key"]))


def _holder(request: SiteRequest, site: Site, kind: str, pk: int) -> tuple[Holder, Party]:
    """Return a person or company as a payer, and record that it was viewed."""
    holder = chosen_holder(site, f"company-{pk}" if kind == "company" else str(pk))
    if holder is None or kind not in ("person", "company"):
        raise Http404("no such payer")
    audit.record_read(site, request.user, "read payer", (kind, pk))
    return holder, (kind, str(pk))


def _void(site: Site, pk: int) -> PaymentVoid:
    rows = PaymentVoid.objects.select_related("payment__site")
    return get_object_or_404(rows, payment__site=site, pk=pk)


def _own(site: Site, owed: list[Owed]) -> list[int]:
    return [each.money.minor for each in owed if each.money.currency == site.currency]


def _names(payment: Payment) -> dict[str, object]:
    amount = Money(payment.amount, payment.currency).written()
    return {"amount": amount, "number": payment.receipt_no}
