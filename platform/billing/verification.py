"""Verify a printed document: its QR code holds the signed number, and no more."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db.models import Sum
from django.urls import reverse

from billing.models import Bill, CreditNote, Payment, Refund
from billing.outstanding import with_state
from core import clock
from core.models import Site
from core.money import Money

RECEIPT, BILL, CREDIT_NOTE = "receipt", "bill", "credit_note"
# States of a refund in which the payer has the money, or is about to.
_REFUNDED = (Refund.State.PENDING, Refund.State.SUCCEEDED, Refund.State.EXTERNAL)


@dataclass(frozen=True, slots=True)
class VerifiedDocument:
    """What a document's issuer confirms; it has no personal data.

    Attributes:
        kind: what it is, such as ``receipt``.
        number: as printed.
        day: the date on it, in the site's time zone.
        refunded: how much was paid back since, or credited of a bill.
        state: of a bill, as `Bill.State`; empty for other documents.
    """

    kind: str
    site: Site
    number: str
    day: date
    money: Money
    refunded: Money
    state: str = ""

    @property
    def is_void(self) -> bool:
        """Whether it was voided, or all of it was paid back or credited."""
        return 0 < self.money.minor <= self.refunded.minor


def verification_url(kind: str, site: Site, number: str) -> str:
    """Return the absolute address at which the document's number is verified."""
    token = _signer().sign(f"{kind}:{site.slug}:{number}")
    return settings.PUBLIC_URL.rstrip("/") + reverse("portal:verify", args=[token])


def verify(token: str) -> VerifiedDocument | None:
    """Return the document whose signed number it is; None for any other text."""
    try:
        kind, slug, number = _signer().unsign(token).split(":")
    except (BadSignature, ValueError):
        return None
    find = _FINDERS.get(kind)
    site = Site.objects.filter(slug=slug).first()
    return find(site, number) if find and site else None


def _receipt(site: Site, number: str) -> VerifiedDocument | None:
    payment = Payment.objects.filter(site=site, receipt_no=int(number)).first()
    if payment is None or payment.paid_at is None:
        return None
    refunds = payment.refunds.filter(state__in=_REFUNDED).aggregate(sum=Sum("amount"))
    refunded = payment.amount if payment.state == Payment.State.VOID else refunds["sum"] or 0
    return VerifiedDocument(
        kind=RECEIPT,
        site=site,
        number=f"{site.slug}-{payment.receipt_no:06d}",
        day=clock.local(payment.paid_at, site.timezone).date(),
        money=Money(payment.amount, payment.currency),
        refunded=Money(int(refunded), payment.currency),
    )


def _bill(site: Site, number: str) -> VerifiedDocument | None:
    bill: Any = with_state(Bill.objects.filter(site=site, number=number)).first()
    if bill is None:
        return None
    return VerifiedDocument(
        kind=BILL,
        site=site,
        number=bill.number,
        day=bill.issued_on,
        money=Money(bill.total, bill.currency),
        refunded=Money(bill.credited, bill.currency),
        state=bill.state,
    )


def _credit_note(site: Site, number: str) -> VerifiedDocument | None:
    note = CreditNote.objects.filter(site=site, number=number).first()
    if note is None:
        return None
    none = Money(0, note.currency)
    money = Money(note.amount, note.currency)
    return VerifiedDocument(CREDIT_NOTE, site, note.number, note.issued_on, money, none)


_FINDERS = {RECEIPT: _receipt, BILL: _bill, CREDIT_NOTE: _credit_note}


def _signer() -> Signer:
    """Return the signer; made when it is needed, since some commands run without a secret key."""
    return Signer(salt="billing.verification")
