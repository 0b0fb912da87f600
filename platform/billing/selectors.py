"""Reads of billing: payments, receipts, what was received for a charge, what is owed back."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, Case, F, Q, QuerySet, Sum, Value, When
from django.http import Http404
from django.utils.translation import gettext as _

from billing import ports
from billing.balances import Balance, balances
from billing.methods import method_title
from billing.models import (
    Account,
    Charge,
    Dispute,
    LedgerEntry,
    LedgerLine,
    Payment,
    PaymentItem,
    ProviderEvent,
    Refund,
    WriteOff,
)
from billing.provider_accounts import collector_for
from billing.refundable import refundable, refunds_due_of
from billing.services.allocation import Received
from billing.services.charging import Cause, account_of, latest_charge
from core import clock
from core.models import Organisation, Site
from core.money import Money

__all__ = [
    "Balance",
    "Cause",
    "OwedBack",
    "Receipt",
    "Received",
    "balances",
    "causes_in_suspense",
    "disputes",
    "entries_in_suspense",
    "entries_of",
    "in_doubt",
    "latest_charge",
    "latest_payment",
    "latest_provider_event",
    "online_payment_available",
    "owed_back",
    "payment_or_404",
    "payments",
    "payments_for",
    "payments_owed_back",
    "receipt",
    "received",
    "received_and_due_back",
    "refundable",
    "refunds",
    "refunds_due_of",
    "unpaid_sources",
]


def online_payment_available(site: Site) -> bool:
    """Return whether the site has a provider of online payments."""
    return collector_for(site) is not None


def latest_provider_event(
    provider: str, organisation: Organisation | None = None
) -> ProviderEvent | None:
    """Return the event that a provider delivered last.

    Args:
        organisation: whose account it was about; None for those of the whole installation.
    """
    events = ProviderEvent.objects.filter(provider=provider)
    return events.filter(account__organisation=organisation).order_by("-pk").first()


def payments(site: Site) -> QuerySet[Payment]:
    """Return the site's payments, latest first."""
    return Payment.objects.filter(site=site).select_related("site").order_by("-created_at", "-pk")


def payments_for(site: Site, cause: Cause) -> QuerySet[Payment]:
    """Return the payments of one cause, latest first."""
    charged = {f"charge__{name}": value for name, value in cause.filter().items()}
    items = PaymentItem.objects.filter(**charged)
    return payments(site).filter(pk__in=items.values("payment"))


def in_doubt(site: Site) -> QuerySet[Payment]:
    """Return the payments whose provider collected another amount than asked, to be resolved."""
    return payments(site).filter(state=Payment.State.FAILED, paid_at__isnull=False)


def latest_payment(site: Site, cause: Cause) -> Payment | None:
    """Return the payment of the cause that a payer should see: one under way, else the latest."""
    own = payments_for(site, cause)
    return own.filter(state__in=Payment.UNDER_WAY).first() or own.first()


def unpaid_sources(kind: str, source_ids: list[str]) -> set[str]:
    """Return those of the causes that have an open charge, by their source id."""
    open_charges = Charge.objects.filter(
        source_type=kind, source_id__in=source_ids, state=Charge.State.OPEN
    )
    return set(open_charges.values_list("source_id", flat=True))


def payment_or_404(public_id: str) -> Payment:
    """Return the payment with that unguessable id.

    Raises:
        Http404: there is none.
    """
    payment = Payment.objects.select_related("site").filter(public_id=public_id).first()
    if payment is None:
        raise Http404("no such payment")
    return payment


def received(cause: Cause) -> list[Received]:
    """Return the money received for a cause, by time of payment: held for its draft or allocated.

    Money that was released, because it is due for refund, does not count.
    """
    return account_of(cause, clock.now()).received


def received_and_due_back(cause: Cause) -> list[Received]:
    """Return the money received for a cause with what is due for refund of its payments.

    It is what a price that was lowered before is paid by when it rises again.
    """
    account = account_of(cause, clock.now())
    unused = {payment: refundable(payment).minor for payment in account.payments}
    return account.received_with(unused)


@dataclass(frozen=True, slots=True)
class OwedBack:
    """Money of a payment that is due for refund."""

    payment: Payment
    money: Money


def owed_back(site: Site) -> list[OwedBack]:
    """Return the payments of which something is due for refund, oldest first.

    It is the balance of the account of refunds due. A refund that names no payment is counted
    against the oldest ones of its currency.
    """
    owed, unnamed = _refunds_due(site)
    found = {payment.public_id: payment for payment in payments(site).filter(public_id__in=owed)}
    rows = []
    for name in sorted(owed, key=lambda each: found[each].pk if each in found else 0):
        payment = found.get(name)
        if payment is None:
            continue
        refunded = min(owed[name], unnamed[payment.currency])
        unnamed[payment.currency] -= refunded
        if owed[name] > refunded:
            rows.append(OwedBack(payment, Money(owed[name] - refunded, payment.currency)))
    return rows


def payments_owed_back(site: Site) -> QuerySet[Payment]:
    """Return the payments of `owed_back`, each with the amount as ``owed``, in minor units."""
    owed = [When(pk=each.payment.pk, then=Value(each.money.minor)) for each in owed_back(site)]
    if not owed:
        return payments(site).none().annotate(owed=Value(0))
    amount = Case(*owed, default=Value(0), output_field=BigIntegerField())
    return payments(site).annotate(owed=amount).filter(owed__gt=0)


def disputes(site: Site) -> QuerySet[Dispute]:
    """Return the disputes of the site's payments, latest first."""
    rows = Dispute.objects.filter(payment__site=site).select_related("payment__site")
    return rows.order_by("-created_at", "-pk")


def refunds(site: Site) -> QuerySet[Refund]:
    """Return the refunds of the site's payments, latest first."""
    rows = Refund.objects.filter(payment__site=site)
    rows = rows.select_related("payment__site", "requested_by", "approved_by")
    return rows.order_by("-created_at", "-pk")


def refunds_to_approve(site: Site) -> QuerySet[Refund]:
    """Return the refunds that wait for approval."""
    return refunds(site).filter(state=Refund.State.REQUESTED)


def write_offs_to_approve(site: Site) -> QuerySet[WriteOff]:
    """Return the write-offs that wait for a second person."""
    return WriteOff.objects.filter(site=site, state=WriteOff.State.REQUESTED)


def entries_in_suspense(site: Site) -> QuerySet[LedgerEntry]:
    """Return the ledger entries that moved money into or out of suspense, latest first."""
    in_suspense = Q(lines__account__code=Account.Code.SUSPENSE)
    return (
        LedgerEntry.objects.filter(in_suspense, site=site)
        .annotate(amount=-Sum("lines__amount"), currency=F("lines__account__currency"))
        .order_by("-at", "-pk")
    )


def causes_in_suspense(entries: Iterable[LedgerEntry]) -> dict[int, Cause]:
    """Return what the money of entries in suspense is about, by entry, where that is known."""
    lines = LedgerLine.objects.filter(entry__in=entries, account__code=Account.Code.SUSPENSE)
    rows = list(lines.select_related("entry", "charge"))
    named = {line.entry_id: _payment_named_by(line) for line in rows}
    items = PaymentItem.objects.filter(payment__public_id__in=named.values())
    items = items.select_related("payment", "charge").order_by("-pk")
    paid = {item.payment.public_id: Cause.of(item.charge) for item in items}
    found = {pk: paid[name] for pk, name in named.items() if name in paid}
    return found | {line.entry_id: Cause.of(line.charge) for line in rows if line.charge}


def entries_of(payment: Payment) -> QuerySet[LedgerLine]:
    """Return what was posted about a payment, by entry, oldest first."""
    of_refunds = [f"refund:{each}" for each in payment.refunds.values_list("public_id", flat=True)]
    failed = [each.replace("refund:", "refund-failed:") for each in of_refunds]
    disputes = payment.disputes.values_list("provider_ref", flat=True)
    decided = [f"{kind}:{each}"[:80] for each in disputes for kind in ("dispute", "dispute-won")]
    voided = [f"{kind}:{payment.public_id}" for kind in ("void", "cheque-return")]
    named = [payment.reference, *voided, *of_refunds, *failed, *decided]
    own = Q(party_type="payment", party_id=payment.public_id) | Q(entry__reference__in=named)
    lines = LedgerLine.objects.filter(own, entry__site=payment.site_id)
    return lines.select_related("entry", "account").order_by("entry__at", "entry", "pk")


def _refunds_due(site: Site) -> tuple[Counter[str], Counter[str]]:
    """Return what is owed back by payment, and what refunds name no payment, by currency."""
    lines = LedgerLine.objects.filter(
        account__site=site, account__code=Account.Code.REFUNDS_DUE
    ).select_related("entry", "account")
    owed: Counter[str] = Counter()
    unnamed: Counter[str] = Counter()
    for line in lines:
        payment = _payment_named_by(line)
        if payment:
            owed[payment] -= line.amount
        else:
            unnamed[line.account.currency] += line.amount
    return Counter({name: amount for name, amount in owed.items() if amount > 0}), unnamed


def _payment_named_by(line: LedgerLine) -> str:
    """Return the public id of the payment that the line is about; empty where it names none."""
    if line.party_type == "payment" and line.party_id:
        return line.party_id
    # Version 0.1 wrote no parties: the entry that posted a payment names it.
    kind, _, public_id = line.entry.reference.partition(":")
    return public_id if kind == "payment" else ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a payer gets in writing.

    Attributes:
        number: consecutive at the site, without gaps.
        cause: what was paid for, the first of several; None for a payment on account.
        facts: the facts of the charge's source, such as a plate, in the order printed.
        lines: the explanation of the amount as the payer accepted it; empty without an offer.
        owed_back: what is due for refund.
        is_void: the payment was voided, so the receipt proves nothing.
        paid_at: in the site's time zone.
        taken_by: the name of who collected it, never a log-in name; empty for online payments.
    """

    number: int
    site: Site
    cause: Cause | None
    facts: tuple[ports.ReceiptFact, ...]
    paid_at: datetime
    money: Money
    owed_back: Money
    provider: str
    is_void: bool
    taken_by: str
    basis: str
    lines: list[dict[str, Any]]

    @property
    def name(self) -> str:
        """The number as printed; the site's slug makes it unique in the installation."""
        return f"{self.site.slug}-{self.number:06d}"

    @property
    def paid(self) -> str:
        """The time of payment in the site's time zone, to the minute."""
        return f"{self.paid_at:%Y-%m-%d %H:%M}"

    def fact(self, code: str) -> str:
        """Return the text of a fact; empty where the receipt has none of that code."""
        return next((each.text for each in self.facts if each.code == code), "")


def receipt(payment: Payment) -> Receipt | None:
    """Return the receipt of a payment in the active language; None while it is not paid."""
    if payment.receipt_no is None or payment.paid_at is None:
        return None
    # What the payment's credit paid later is on the receipt of no payment.
    items = list(
        payment.items.filter(is_credit=False).select_related("charge__site").order_by("pk")
    )
    charges = [item.charge for item in items]
    facts = [fact for charge in charges for fact in ports.source_of(charge).receipt_facts(charge)]
    return Receipt(
        number=payment.receipt_no,
        site=payment.site,
        cause=Cause.of(charges[0]) if charges else None,
        facts=tuple(dict.fromkeys(facts)),
        paid_at=clock.local(payment.paid_at, payment.site.timezone),
        money=Money(payment.amount, payment.currency),
        owed_back=_owed_back_of(payment),
        provider=method_title(payment),
        is_void=payment.state == Payment.State.VOID,
        taken_by=_cashier(payment),
        basis=items[0].basis if items else "",
        lines=[line for item in items for line in item.lines],
    )


def _cashier(payment: Payment) -> str:
    """Return the name of who took a payment; a guard takes it at a lane, a cashier at the desk."""
    if not payment.taken_by:
        return ""
    return payment.taken_by_name or (_("cashier") if payment.method else _("guard"))


def _owed_back_of(payment: Payment) -> Money:
    owed = {each.payment.pk: each.money for each in owed_back(payment.site)}
    return owed.get(payment.pk, Money(0, payment.currency))
