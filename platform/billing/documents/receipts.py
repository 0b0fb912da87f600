"""The receipt of a payment as PDF."""

from collections.abc import Sequence
from dataclasses import dataclass

from billing import explanations, ports, verification
from billing.documents.pages import document_of, qr_svg
from billing.models import Charge, Payment, PaymentItem
from billing.selectors import receipt
from billing.vat import NO_RATES, Rates, Vat, VatSum, day_of, rates_of, sums_by_rate, vat_in
from core.models import Document
from core.money import Money


@dataclass(frozen=True, slots=True)
class PaidItem:
    """One charge on a receipt.

    Attributes:
        title: what the charge is called.
        lines: the explanation of the amount, with its amounts as money.
        vat: the VAT in the amount; of a charge that is not final, at the rate of the payment's day.
    """

    title: str
    money: Money
    lines: list[tuple[explanations.LineText, Money]]
    vat: Vat

    @property
    def texts(self) -> list[explanations.LineText]:
        """The lines alone."""
        return [line for line, _money in self.lines]


def receipt_document(payment: Payment) -> Document | None:
    """Return the receipt of a payment in the active language; None while it is not paid."""
    shown = receipt(payment)
    if shown is None:
        return None
    address = verification.verification_url(
        verification.RECEIPT, payment.site, str(payment.receipt_no)
    )
    items = paid_items(payment)
    context = {
        "receipt": shown,
        "items": items,
        "vat": vat_paid(items, payment.currency),
        "qr_code": qr_svg(address),
        "verification_url": address,
    }
    return document_of(payment.site, f"receipt-{shown.name}", "receipt.html", context)


def paid_items(payment: Payment) -> list[PaidItem]:
    """Return what a payment was for, each charge with its explanation in the active language."""
    found = (
        payment.items.filter(is_credit=False)
        .select_related("payment", "charge__site")
        .order_by("pk")
    )
    rows, currency = list(found), payment.currency
    has_draft = any(row.charge.state == Charge.State.DRAFT for row in rows)
    rates = rates_of(payment.site) if has_draft else NO_RATES
    items = []
    for row in rows:
        lines = explanations.explain(row.charge, row.lines, row.amount)
        priced = [(line, Money(line.amount, currency)) for line in lines]
        title = explanations.title_of(row.charge)
        items.append(PaidItem(title, Money(row.amount, currency), priced, _vat_of(row, rates)))
    return items


def vat_paid(items: Sequence[PaidItem], currency: str) -> list[VatSum]:
    """Return the VAT in what was paid, by rate; empty where there is none."""
    return sums_by_rate((each.vat for each in items), currency)


def _vat_of(row: PaymentItem, rates: Rates) -> Vat:
    charge, paid_at = row.charge, row.payment.paid_at
    if charge.state == Charge.State.DRAFT and paid_at is not None:
        account = ports.income_account_of(charge.source_type)
        return vat_in(row.amount, rates.on(account, day_of(charge.site, paid_at)))
    if row.amount == charge.amount:
        return Vat(charge.vat_rate, charge.vat_amount)
    return vat_in(row.amount, charge.vat_rate)
