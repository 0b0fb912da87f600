"""What this room holds of people: charges, bills, deposits, write-offs, requests for a fapiao.

Issued bills and credit notes and the numbers of fapiao are accounting records, which the law has
kept for years: erasure leaves them, and reports how many they are.
"""

from collections.abc import Iterator

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from billing.models import (
    AutoPay,
    BankLine,
    Bill,
    BillQuestion,
    Charge,
    ChequeReturn,
    CreditNote,
    Deposit,
    Drawer,
    FapiaoRequest,
    Payment,
    PaymentVoid,
    ReconciliationDifference,
    Refund,
    SavedMethod,
    WriteOff,
)
from billing.services.autopay_consents import stop_autopay
from core import holdings
from core.holdings import Erased, Identity, Row

# What stands in place of a text that was erased.
_ERASED = "–"


def export(identity: Identity) -> Iterator[tuple[str, list[Row]]]:
    """Yield what was charged to the person and billed, in minor units."""
    fields = ("source_type", "period", "amount", "currency", "state")
    yield "charges", holdings.rows_of(_charges(identity).order_by("pk"), *fields)
    yield "bills", _bills(identity)
    notes = CreditNote.objects.filter(bill__in=_billed(identity)).order_by("pk")
    notes = notes.annotate(document=F("number"))
    yield "credit notes", holdings.rows_of(notes, "document", "issued_on", "amount", "reason")
    deposits = Deposit.objects.filter(**_payer(identity)).order_by("pk")
    yield "deposits", holdings.rows_of(deposits, "purpose", "amount", "currency", "created_at")
    fapiao = _fapiao(identity).order_by("pk").annotate(document=F("number"))
    named = ("title", "tax_number", "email", "amount", "state", "document", "requested_at")
    yield "fapiao requests", holdings.rows_of(fapiao, *named)
    questions = _questions(identity).order_by("pk")
    yield "questions about bills", holdings.rows_of(questions, "asked_at", "text", "answer")
    consents = ("consented_at", "terms_version", "limit", "currency", "email", "state")
    rows = _autopays(identity).order_by("pk")
    yield "auto-pay", holdings.rows_of(rows, *consents, "method__title", "stopped_at")


def erase(identity: Identity) -> Erased:
    """Remove the person's texts from reasons; charges, bills and books stay, by their keys."""
    rows = holdings.clear_terms(Payment.objects.filter(site=identity.site_id), identity, "failure")
    refunds = Refund.objects.filter(payment__site=identity.site_id)
    rows += holdings.clear_terms(refunds, identity, "reason", "failure")
    voids = PaymentVoid.objects.filter(payment__site=identity.site_id)
    rows += holdings.clear_terms(voids, identity, "reason")
    returns = ChequeReturn.objects.filter(payment__site=identity.site_id)
    rows += holdings.clear_terms(returns, identity, "reason")
    lines = BankLine.objects.filter(account__site=identity.site_id)
    rows += holdings.clear_terms(lines, identity, "name", "text", "reference")
    rows += holdings.clear_terms(Drawer.objects.filter(site=identity.site_id), identity, "reason")
    differences = ReconciliationDifference.objects.filter(site=identity.site_id)
    rows += holdings.clear_terms(differences, identity, "reason")
    rows += _end_autopay(identity)
    rows += _questions(identity).exclude(answered_at=None).update(answer=_ERASED)
    rows += _questions(identity).update(text=_ERASED, email="")
    write_offs = WriteOff.objects.filter(site=identity.site_id)
    rows += holdings.clear_terms(write_offs, identity, "reason")
    rows += holdings.clear_terms(Deposit.objects.filter(site=identity.site_id), identity, "purpose")
    rows += _fapiao(identity).exclude(email="").update(email="")
    rows += _fapiao(identity).filter(number="").update(title=_ERASED, tax_number="")
    kept = {
        "charges": _charges(identity).count(),
        "bills": _billed(identity).count(),
        "fapiao": _fapiao(identity).exclude(number="").count(),
    }
    return Erased(rows, {reason: count for reason, count in kept.items() if count})


def blocks(identity: Identity) -> Iterator[str]:
    """Yield that a charge is not paid."""
    if _charges(identity).filter(state=Charge.State.OPEN).exists():
        yield _("a charge is not paid")


def _questions(identity: Identity) -> QuerySet[BillQuestion]:
    payer = {"bill__payer_type": "person", "bill__payer_id": str(identity.person_id)}
    return BillQuestion.objects.filter(bill__site=identity.site_id, **payer)


def _end_autopay(identity: Identity) -> int:
    """Turn auto-pay off, which has the provider forget the method; keep when it was agreed to."""
    for autopay in _autopays(identity).exclude(state=AutoPay.State.STOPPED):
        stop_autopay(autopay, "system", reason="erased")
    SavedMethod.objects.filter(autopays__in=_autopays(identity)).update(title=_ERASED)
    return _autopays(identity).exclude(email="").update(email="", stop_reason="erased")


def _autopays(identity: Identity) -> QuerySet[AutoPay]:
    payer = {"payer_type": "person", "payer_id": str(identity.person_id)}
    return AutoPay.objects.filter(site=identity.site_id, **payer)


def _bills(identity: Identity) -> list[Row]:
    bills = _billed(identity).order_by("pk").annotate(document=F("number"))
    fields = ("document", "payer_name", "payer_address", "period", "issued_on", "due_on", "total")
    return holdings.rows_of(bills, *fields, "currency")


def _payer(identity: Identity) -> dict[str, object]:
    return {
        "site": identity.site_id,
        "payer_type": "person",
        "payer_id": str(identity.person_id),
    }


def _billed(identity: Identity) -> QuerySet[Bill]:
    return Bill.objects.filter(**_payer(identity))


def _fapiao(identity: Identity) -> QuerySet[FapiaoRequest]:
    """Return the requests for a payment of the person, or with the person's e-mail address."""
    own = {f"payment__{name}": value for name, value in _payer(identity).items()}
    found = Q(**own) | Q(payment__site=identity.site_id, email__in=identity.emails)
    return FapiaoRequest.objects.filter(found)


def _charges(identity: Identity) -> QuerySet[Charge]:
    return Charge.objects.filter(
        site=identity.site_id, payer_type="person", payer_id=str(identity.person_id)
    )


holdings.register(holdings.Part("billing", export, erase, blocks))
