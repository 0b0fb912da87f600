"""Paying bills online: what is selected, the hand-over to the provider, and how it ended."""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from billing.bill_details import title_of
from billing.ledger import Party
from billing.models import Bill, BillLine, Charge, Payment
from billing.outstanding import Owed, owed_of_bill
from billing.penalties import PenaltyDue, penalties_due, total_of
from billing.selectors import Cause
from billing.services import refresh_payment
from billing.services.charging import any_of
from billing.services.checkout import CHECKOUT_LIFE, Selected, begin_joint_checkout
from billing.services.penalties import penalties_come_first
from billing.settings import settings_of
from core.currencies import exponent
from core.errors import Rejection
from core.money import Money
from ui.forms import PlainForm

# The cookie by which a browser proves that it began the payment of these bills.
_PAYER = "bill-payer-"
# Returns the path of the page that shows how a payment ended, or the `latest` one.
PageOf = Callable[[Payment | str], str]


class CheckoutForm(PlainForm):
    """How much of the bills is paid, and where the receipt is sent."""

    amount = forms.DecimalField(
        label=gettext_lazy("Amount to pay"),
        max_digits=20,
        widget=forms.NumberInput({"inputmode": "decimal", "step": "any"}),
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail for the receipt"),
        required=False,
        widget=forms.EmailInput({"autocomplete": "email", "inputmode": "email"}),
    )

    def __init__(self, selection: "Selection", *args: Any, **kwargs: Any) -> None:
        total = {"amount": selection.total.major()}
        super().__init__(*args, initial={**total, **kwargs.pop("initial", {})}, **kwargs)
        self.selection = selection
        if not selection.allows_part:
            del self.fields["amount"]

    def clean_amount(self) -> int:
        """Return the amount in minor units; at most what is due.

        Raises:
            ValidationError: it is no amount, zero, or more than is due.
        """
        total = self.selection.total
        minor: Decimal = self.cleaned_data["amount"].scaleb(exponent(total.currency))
        if not 0 < minor <= total.minor or minor != minor.to_integral_value():
            text = _("Enter an amount above zero, and at most %(total)s.")
            raise forms.ValidationError(text % {"total": total.written()})
        return int(minor)


@dataclass(frozen=True)
class Selection:
    """The bills that a payer is about to pay, with what is due of each charge.

    Attributes:
        owed: the charges, those of the first bill first.
        titles: what each charge is called, in the same order.
        penalties: late fees that are paid before them, where the site settles these first.
    """

    bills: Sequence[Bill]
    owed: Sequence[Owed]
    titles: Sequence[str]
    penalties: Sequence[PenaltyDue] = ()

    @classmethod
    def of(cls, bills: Sequence[Bill]) -> "Selection":
        """Select all that is due of some bills of one site."""
        owed = [each for bill in bills for each in owed_of_bill(bill)]
        charges = [each.charge for each in owed]
        penalties = penalties_due(charges) if penalties_come_first(bills[0].site) else []
        lines = BillLine.objects.filter(bill__in=bills).select_related("charge")
        names = {Cause.of(each.charge): title_of(each) for each in lines}
        return cls(bills, owed, [names[Cause.of(each)] for each in charges], penalties)

    @property
    def total(self) -> Money:
        """What is due altogether."""
        owed = sum(each.money.minor for each in self.owed)
        currency = self.bills[0].currency
        return Money(owed, currency) + total_of(self.penalties, currency)

    @property
    def rows(self) -> list[tuple[str, Money]]:
        """What is paid for, and how much."""
        owed = zip(self.titles, self.owed, strict=True)
        late = [(each.title, each.money) for each in self.penalties]
        return [*late, *((title, each.money) for title, each in owed)]

    @property
    def allows_part(self) -> bool:
        """Whether the site accepts a part of what is due."""
        return settings_of(self.bills[0].site).allows_part_payment

    @property
    def cookie(self) -> str:
        """The name of the cookie that proves who began the payment."""
        return _PAYER + self.bills[0].public_id

    @property
    def charges(self) -> list[Selected]:
        """The charges to pay; their late fees are paid with them."""
        return [Selected(each.charge) for each in self.owed]

    def part(self, amount: int | None) -> int | None:
        """Return the amount where it is less than all that is due; None otherwise."""
        return None if amount == self.total.minor else amount


def payment_page(
    request: HttpRequest,
    bills: Sequence[Bill],
    page_of: PageOf,
    *,
    back_url: str,
    email: str = "",
    payer: Party | None = None,
) -> HttpResponse:
    """Show what is paid, to whom and how much; a POST leads to the provider's page.

    Args:
        bills: of one site, one at least.
        page_of: returns the path of the page that shows how a payment ended.
        back_url: of the page that led here.
        email: where the receipt is sent unless the payer enters another address.
        payer: who pays, where that is known: what is not due any more becomes this payer's credit.
    """
    selection = Selection.of(bills)
    posted = request.POST if request.method == "POST" else None
    form = CheckoutForm(selection, posted, initial={"email": email})
    status = 422 if form.is_bound and not form.is_valid() else 200
    if form.is_bound and status == 200:
        try:
            return _check_out(request, form, page_of, payer)
        except Rejection as rejection:
            form.add_rejection(rejection)
            status = 409
    context = {"site": bills[0].site, "selection": selection, "form": form, "back_url": back_url}
    return render(request, "portal/bill/check.html", context, status=status)


def outcome_page(
    request: HttpRequest, payment: Payment, page_of: PageOf, *, back_url: str, pay_url: str
) -> HttpResponse:
    """Show how a payment ended; while that is not known, the page asks again.

    Args:
        page_of: returns the path of this page.
        back_url: of the page of the bill, or of all bills.
        pay_url: where a declined payment is tried again.
    """
    context = {
        "site": payment.site,
        "payment": payment,
        "outcome": outcome_of(payment),
        "state_url": page_of(payment),
        "back_url": back_url,
        "pay_url": pay_url,
    }
    is_asking = bool(request.headers.get("HX-Request"))
    template = "portal/bill/outcome_state.html" if is_asking else "portal/bill/outcome.html"
    return render(request, template, context)


def _check_out(
    request: HttpRequest, form: CheckoutForm, page_of: PageOf, payer: Party | None
) -> HttpResponse:
    """Begin the payment of a valid form, and redirect to the provider's page.

    Raises:
        Rejection: as `begin_joint_checkout` does.
    """
    selection = form.selection
    payment = begin_joint_checkout(
        selection.charges,
        amount=selection.part(form.cleaned_data.get("amount")),
        email=form.cleaned_data["email"],
        language=get_language() or settings.LANGUAGE_CODE,
        return_url=settings.PUBLIC_URL.rstrip("/") + page_of("latest"),
        begun=request.get_signed_cookie(selection.cookie, "", salt=_PAYER) or "",
        payer=payer,
    )
    target = payment.checkout_url if payment.state == Payment.State.PENDING else ""
    response = HttpResponseRedirect(target or page_of(payment), status=303)
    response.set_signed_cookie(
        selection.cookie,
        payment.public_id,
        salt=_PAYER,
        max_age=CHECKOUT_LIFE,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
    return response


def payment_of(bills: Collection[Bill] | QuerySet[Bill], name: str) -> Payment:
    """Return a payment of the bills by its public id, or the ``latest``, as its provider has it.

    Raises:
        Http404: there is none.
    """
    rows = Payment.objects.exclude(state=Payment.State.VOID).select_related("site")
    found = _latest_of(bills, rows) if name == "latest" else _named(name, bills, rows)
    if found is None:
        raise Http404("no such payment")
    # Without an answer the provider's event or a job settles it: the page asks again until then.
    with suppress(Rejection):
        return refresh_payment(found)
    return found


def _latest_of(bills: Collection[Bill] | QuerySet[Bill], rows: QuerySet[Payment]) -> Payment | None:
    lines = BillLine.objects.filter(bill__in=bills).select_related("charge")
    # A payment names the latest revision of a cause, which a credit note adds.
    is_theirs = any_of((Cause.of(line.charge) for line in lines), "items__charge__")
    return rows.filter(is_theirs).distinct().order_by("-created_at", "-pk").first()


def _named(
    name: str, bills: Collection[Bill] | QuerySet[Bill], rows: QuerySet[Payment]
) -> Payment | None:
    """Return the payment if it is for one of the bills, which are not loaded."""
    payment = rows.filter(public_id=name).first()
    if payment is None:
        return None
    paid_for = Charge.objects.filter(payment_items__payment=payment)
    is_its = any_of((Cause.of(charge) for charge in paid_for), "charge__")
    lines = BillLine.objects.filter(is_its, bill__in=bills)
    return payment if lines.exists() else None


def outcome_of(payment: Payment) -> str:
    """Return ``paid``, ``confirming``, ``declined`` or ``waiting``.

    Money that may have moved is never called declined.
    """
    if payment.state == Payment.State.PAID:
        return "paid"
    if payment.state == Payment.State.PROCESSING or payment.paid_at:
        return "confirming"
    if payment.state in Payment.UNDER_WAY:
        return "waiting"
    return "declined"
