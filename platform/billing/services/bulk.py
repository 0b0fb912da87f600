"""Charges of many causes at once, as a batch of records or an import brings them.

A new charge may bring the payment that settled it, as generated history does.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from billing import ledger, ports
from billing.ledger import Line, NewEntry, Party
from billing.methods import HELD_ON
from billing.models import Account, Allocation, Charge, Payment, PaymentItem
from billing.postings import earned, party_of
from billing.services.charging import Cause
from billing.vat import NO_RATES, NO_VAT, Rates, Vat, day_of, rates_of, vat_in
from core import audit, clock
from core.copying import copy_rows, copy_values, new_row, update_rows
from core.models import Site
from core.money import Money

_FINAL = (
    *("state", "amount", "vat_rate", "vat_amount"),
    *("lines", "ends_at", "due_at", "opened_at"),
)
_ITEM = ("payment_id", "charge_id", "amount", "offered_at", "expires_at", "lines", "basis")
_NUMBERS = """
INSERT INTO billing_receiptcounter AS counter (site_id, last) VALUES (%s, %s)
ON CONFLICT (site_id) DO UPDATE SET last = counter.last + excluded.last RETURNING last
"""


@dataclass(frozen=True, slots=True)
class NewPayment:
    """The payment of a whole charge, made while its cause still went on.

    Attributes:
        offered_at: when the amount was worked out.
        expires_at: until when it was honoured.
        reference: the provider's; None for cash.
        taken_by, taken_by_name: the user who took cash.
        basis: what the amount was priced by.
        subject: what cash was taken for, in the audit log.
    """

    provider: str
    offered_at: datetime
    expires_at: datetime
    created_at: datetime
    paid_at: datetime
    reference: str | None = None
    taken_by: str = ""
    taken_by_name: str = ""
    basis: str = ""
    subject: audit.Subject | None = None


class NewCharge(NamedTuple):
    """The charge of a cause that has none yet.

    Attributes:
        state: ``draft``; ``open`` for an amount that is final; ``cancelled`` where nothing is owed.
        amount: in minor units; 0 for a draft and for one that is cancelled.
        created_at: now where it is left out.
        payer: who owes it; None for an unknown payer.
        vat: the VAT in the amount; that of the income account where it is left out, at the rate of
            the day on which the amount became final.
        opened_at: when it became final; when the service ended, or now, where it is left out.
        due_at: when it is due; when the service ended where it is left out.
        payment: what settled it; nothing was paid without one.
    """

    cause: Cause
    state: str
    currency: str
    begins_at: datetime | None = None
    amount: int = 0
    lines: Sequence[dict[str, Any]] = ()
    ends_at: datetime | None = None
    created_at: datetime | None = None
    payer: Party | None = None
    vat: Vat | None = None
    opened_at: datetime | None = None
    due_at: datetime | None = None
    payment: NewPayment | None = None


@transaction.atomic(savepoint=False)
def create_charges(site: Site, charges: Sequence[NewCharge]) -> list[Charge]:
    """Create the charges and post those that are open, with a few statements for all of them.

    The result is that of `create_drafts` followed by `open_charge` or `cancel_charge` for each,
    with `record_payment` between the two where there is a payment.
    """
    now = clock.now()
    has_default = any(each.amount and each.vat is None for each in charges)
    rates = rates_of(site) if has_default else NO_RATES
    rows = copy_rows(_row(site, each, now, rates) for each in charges)
    pairs = list(zip(rows, charges, strict=True))
    paid = _record_payments(site, [(row, new.payment) for row, new in pairs if new.payment])
    entries = [_payment_entry(payment, row) for row, payment in paid]
    credited = {row.pk for row, _payment in paid}
    entries += [charge_entry(row, row.pk in credited) for row in rows if row.amount]
    if entries:
        ledger.book_new(site, entries)
    return rows


@dataclass(frozen=True, slots=True)
class FinalAmount:
    """What a draft, for which nothing was received, costs in the end.

    Attributes:
        amount: in minor units; None cancels it.
        ends_at: when the service ended, from which on the amount is due.
    """

    draft: Charge
    amount: int | None = None
    lines: Sequence[dict[str, Any]] = ()
    ends_at: datetime | None = None


def lock_unpaid_drafts(kind: str, ids: Collection[str]) -> dict[str, Charge]:
    """Lock the charges of causes, and return by id those that are drafts without any payment.

    Args:
        kind, ids: of the causes; those whose first charge is final already are left out.
    """
    causes = {"source_type": kind, "source_id__in": ids, "period": ""}
    first = Charge.objects.filter(**causes, revision=0).order_by("pk")
    rows = first.select_for_update(no_key=True)
    drafts = {each.source_id: each for each in rows if each.state == Charge.State.DRAFT}
    of_charge = {f"charge__{name}": value for name, value in causes.items()}
    begun = PaymentItem.objects.filter(**of_charge).values_list("charge__source_id", flat=True)
    for paid in begun:
        drafts.pop(paid, None)
    return drafts


@transaction.atomic(savepoint=False)
def finalise_drafts(site: Site, finals: Sequence[FinalAmount]) -> None:
    """Make the drafts of `lock_unpaid_drafts` final with a few statements for all of them.

    The result is that of `open_charge` or `cancel_charge` for each.
    """
    now = clock.now()
    rates = rates_of(site) if any(each.amount for each in finals) else NO_RATES
    for each in finals:
        _finalise(each, now)
        _set_vat(each.draft, site, rates)
    update_rows([each.draft for each in finals], _FINAL)
    entries = [charge_entry(each.draft, is_credited=False) for each in finals if each.amount]
    if entries:
        ledger.book_new(site, entries)


def _finalise(final: FinalAmount, now: datetime) -> None:
    draft = final.draft
    draft.amount, draft.lines = final.amount or 0, list(final.lines)
    draft.ends_at = draft.due_at = final.ends_at
    draft.opened_at = final.ends_at or now
    if final.amount is None:
        draft.state = Charge.State.CANCELLED
    else:
        draft.state = Charge.State.OPEN if final.amount else Charge.State.SETTLED


def _set_vat(charge: Charge, site: Site, rates: Rates) -> None:
    """Set the VAT in the amount of a charge at the rate of the day on which it became final."""
    if charge.amount and charge.opened_at is not None:
        account = ports.income_account_of(charge.source_type)
        vat = vat_in(charge.amount, rates.on(account, day_of(site, charge.opened_at)))
        charge.vat_rate, charge.vat_amount = vat.rate, vat.amount


def _row(site: Site, new: NewCharge, now: datetime, rates: Rates) -> Charge:
    is_final = new.state != Charge.State.DRAFT
    is_settled = new.state == Charge.State.OPEN and (not new.amount or new.payment is not None)
    payer_type, payer_id = new.payer or (None, None)
    vat = new.vat or NO_VAT
    row = new_row(
        Charge,
        {"site": site},
        **new.cause.filter(),
        currency=new.currency,
        begins_at=new.begins_at,
        created_at=new.created_at or now,
        state=Charge.State.SETTLED if is_settled else new.state,
        payer_type=payer_type,
        payer_id=payer_id,
        amount=new.amount,
        vat_rate=vat.rate,
        vat_amount=vat.amount,
        lines=list(new.lines),
        ends_at=new.ends_at,
        due_at=new.due_at or new.ends_at,
        opened_at=(new.opened_at or new.ends_at or now) if is_final else None,
    )
    if new.vat is None:
        _set_vat(row, site, rates)
    return row


def _record_payments(
    site: Site, paid: Sequence[tuple[Charge, NewPayment]]
) -> list[tuple[Charge, Payment]]:
    """Store the payments with their receipts, in the order in which they were made."""
    if not paid:
        return []
    ordered = sorted(paid, key=lambda each: each[1].paid_at)
    with connection.cursor() as cursor:
        cursor.execute(_NUMBERS, [site.pk, len(ordered)])
        first = cursor.fetchone()[0] - len(ordered) + 1
    payments = copy_rows(
        _payment(charge, new, first + place) for place, (charge, new) in enumerate(ordered)
    )
    made = [(*each, payment) for each, payment in zip(ordered, payments, strict=True)]
    copy_values(PaymentItem, _ITEM, (_item(*each) for each in made))
    copy_values(
        Allocation,
        ("payment_id", "charge_id", "amount", "created_at"),
        ((payment.pk, charge.pk, charge.amount, new.paid_at) for charge, new, payment in made),
    )
    taken = (_taking(payment, new.subject) for _charge, new, payment in made if new.subject)
    audit.record_past(site, taken)
    return [(charge, payment) for charge, _new, payment in made]


def _taking(payment: Payment, subject: audit.Subject) -> audit.Action:
    """Return the audit entry of cash that was taken."""
    facts = {
        "amount": payment.amount,
        "currency": payment.currency,
        "payment": payment.public_id,
    }
    return audit.Action(payment.created_at, payment.taken_by, "take cash", subject, facts)


def _payment(charge: Charge, new: NewPayment, receipt_no: int) -> Payment:
    return new_row(
        Payment,
        {"site": charge.site},
        provider=new.provider,
        provider_ref=new.reference,
        amount=charge.amount,
        currency=charge.currency,
        state=Payment.State.PAID,
        created_at=new.created_at,
        paid_at=new.paid_at,
        taken_by=new.taken_by,
        taken_by_name=new.taken_by_name,
        receipt_no=receipt_no,
    )


def _item(charge: Charge, new: NewPayment, payment: Payment) -> tuple[object, ...]:
    return (
        payment.pk,
        charge.pk,
        charge.amount,
        new.offered_at,
        new.expires_at,
        charge.lines,
        new.basis,
    )


def _payment_entry(payment: Payment, charge: Charge) -> NewEntry:
    """Return the entry of a payment that is held for a draft."""
    money = Money(payment.amount, payment.currency)
    return NewEntry(
        reference=payment.reference,
        memo=f"payment for {charge.reference}",
        lines=[
            Line(HELD_ON[payment.provider], money),
            Line(Account.Code.CREDIT, -money, party_of(charge), charge),
        ],
        at=payment.paid_at or clock.now(),
    )


def charge_entry(charge: Charge, is_credited: bool, concerns: date | None = None) -> NewEntry:
    """Return the entry that opens a charge: from the credit held for it, or as a receivable.

    Args:
        concerns: of a correction, the day on which the corrected charge was posted.
    """
    money = Money(charge.amount, charge.currency)
    source = Account.Code.CREDIT if is_credited else Account.Code.RECEIVABLE
    return NewEntry(
        reference=f"charge:{charge.pk}",
        memo=f"charge {charge.reference}, revision {charge.revision}",
        lines=[
            Line(source, money, party_of(charge), charge),
            *earned(charge, charge.amount, charge.vat_amount),
        ],
        at=charge.opened_at or clock.now(),
        concerns=concerns,
    )
