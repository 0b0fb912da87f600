"""What billing tells those who ask: payments, receipts, what is owed back and what is in doubt."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404

from billing import ports
from billing.ledger import Balance, balances
from billing.models import Account, LedgerLine, Payment
from core import clock
from core.models import Site
from core.money import Money
from parking.models import Stay

__all__ = [
    "Balance",
    "OwedBack",
    "Receipt",
    "balances",
    "in_doubt",
    "latest_payment",
    "online_payment_available",
    "owed_back",
    "payment_or_404",
    "payments",
    "receipt",
]


def online_payment_available() -> bool:
    """Say whether this installation has somebody to take money online."""
    return Payment.Provider.STRIPE in ports.PROVIDERS


def payments(site: Site) -> QuerySet[Payment]:
    """Return the site's payments, latest first."""
    return (
        Payment.objects.filter(site=site)
        .select_related("stay", "stay__lot", "site")
        .order_by("-created_at", "-pk")
    )


def in_doubt(site: Site) -> QuerySet[Payment]:
    """Return the payments where money was taken but not as asked: a person must look at them."""
    return payments(site).filter(state=Payment.State.FAILED, paid_at__isnull=False)


def latest_payment(stay: Stay) -> Payment | None:
    """Return the stay's payment that tells most about it now: one under way, else the last one."""
    mine = payments(stay.site).filter(stay=stay)
    under_way = mine.filter(state__in=Payment.UNDER_WAY)
    return under_way.first() or mine.first()


def payment_or_404(public_id: str) -> Payment:
    """Return the payment that an unguessable address names.

    Raises:
        Http404: there is none.
    """
    payment = Payment.objects.select_related("stay", "stay__lot", "site").filter(
        public_id=public_id
    )
    found = payment.first()
    if found is None:
        raise Http404("no such payment")
    return found


@dataclass(frozen=True, slots=True)
class OwedBack:
    """Money taken beyond what was due, to be paid back."""

    payment: Payment
    money: Money


def owed_back(site: Site) -> list[OwedBack]:
    """Return the site's payments of which something is owed back, oldest first."""
    lines = (
        LedgerLine.objects.filter(account__site=site, account__code=Account.Code.REFUNDS_DUE)
        .select_related("entry", "account")
        .order_by("pk")
    )
    owed = {
        line.entry.reference.removeprefix("payment:"): Money(-line.amount, line.account.currency)
        for line in lines
    }
    found = {payment.public_id: payment for payment in payments(site).filter(public_id__in=owed)}
    return [OwedBack(found[name], money) for name, money in owed.items() if name in found]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a payer gets in writing.

    Attributes:
        number: the site's own, without a gap.
        lines: the price's lines as the payer accepted them; empty where there were none.
        owed_back: what was taken beyond what was due.
        paid_at: on the site's clock.
    """

    number: int
    site: Site
    plate: str
    lot: str
    entered_at: datetime
    paid_at: datetime
    money: Money
    owed_back: Money
    provider: str
    taken_by: str
    tariff: str
    lines: list[dict[str, Any]]

    @property
    def name(self) -> str:
        """The number as it is printed; a site's slug keeps it apart from other sites'."""
        return f"{self.site.slug}-{self.number:06d}"

    @property
    def entered(self) -> str:
        """When the car entered, on the site's clock, to the minute."""
        return f"{self.entered_at:%Y-%m-%d %H:%M}"

    @property
    def paid(self) -> str:
        """When it was paid, on the site's clock, to the minute."""
        return f"{self.paid_at:%Y-%m-%d %H:%M}"


def receipt(payment: Payment) -> Receipt | None:
    """Return the receipt of a payment; None while nothing is paid."""
    if payment.receipt_no is None or payment.paid_at is None:
        return None
    site, stay, quote = payment.site, payment.stay, payment.quote
    return Receipt(
        number=payment.receipt_no,
        site=site,
        plate=stay.plate,
        lot=stay.lot.name,
        entered_at=clock.local(stay.entered_at, site.timezone),
        paid_at=clock.local(payment.paid_at, site.timezone),
        money=Money(payment.amount, payment.currency),
        owed_back=_owed_back_of(payment),
        provider=payment.get_provider_display(),
        taken_by=payment.taken_by,
        tariff=quote.tariff if quote else "",
        lines=quote.lines if quote else [],
    )


def _owed_back_of(payment: Payment) -> Money:
    owed = LedgerLine.objects.filter(
        entry__reference=payment.reference, account__code=Account.Code.REFUNDS_DUE
    ).first()
    return Money(-owed.amount if owed else 0, payment.currency)
