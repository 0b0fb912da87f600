"""Undo many bills at once by credit notes, as the undo of a billing run does."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from billing import ledger
from billing.models import (
    Bill,
    BillLine,
    Charge,
    CreditNote,
    CreditNoteLine,
    NumberCounter,
    PaymentItem,
    WriteOff,
)
from billing.numbering import next_numbers, number_text
from billing.services.bulk import charge_entry
from billing.services.charging import Cause, day_posted
from billing.services.credit_notes import credit_bill
from billing.settings import legal_entity_of
from core import clock
from core.copying import copy_rows, copy_values, new_row, stored_row
from core.models import Site, User

State = Charge.State
_CAUSE = ("source_type", "source_id", "period")
# What an opposite charge is made of, and the state and day of the one that it undoes.
_CHARGE = (
    *("id", *_CAUSE, "revision", "payer_type", "payer_id", "amount", "currency"),
    *("vat_rate", "vat_amount", "begins_at", "ends_at", "due_at", "state", "opened_at"),
)


@dataclass(frozen=True, slots=True)
class Undone:
    """What became of bills that were to be undone.

    Attributes:
        notes: the credit notes that were issued.
        kept: bills that money was received for or that were written off, which stay.
    """

    notes: list[CreditNote] = field(default_factory=list)
    kept: list[Bill] = field(default_factory=list)


@transaction.atomic
def undo_bills(site: Site, bills: Sequence[Bill], actor: User, *, reason: str) -> Undone:
    """Credit bills in full, with a few statements for those that nothing was allocated to.

    Credit that was applied automatically returns to its payer. Bills that are credited already are
    left out, and those that a payment was made or begun for, or that were written off, are kept.

    Args:
        site: whose bills.
        bills: some hundreds at a time.
        actor: who undoes them; the caller has checked the permission and records the action.
        reason: printed on each credit note.
    """
    lines = _locked(site, bills)
    used, paid = _payments_of(lines)
    by_bill: dict[int, list[BillLine]] = {}
    for line in lines:
        by_bill.setdefault(line.bill_id, []).append(line)
    undone = Undone()
    plain = []
    for bill in bills:
        charges = {line.charge_id for line in by_bill.get(bill.pk, ())}
        if charges & paid:
            undone.kept.append(bill)
        elif charges & used:
            undone.notes.append(credit_bill(bill, actor, reason=reason))
        elif charges:
            plain.append(bill)
    undone.notes.extend(_credit(site, plain, by_bill, actor, reason))
    return undone


def _locked(site: Site, bills: Sequence[Bill]) -> list[BillLine]:
    """Lock the charges of bills; return the lines of those that aren't credited, in order."""
    keys = [bill.pk for bill in bills]
    lines = list(BillLine.objects.filter(bill__any_of=keys).defer("titles"))
    rows = Charge.objects.filter(pk__any_of=[line.charge_id for line in lines]).order_by("pk")
    locked = {
        values[0]: stored_row(Charge, _CHARGE, values)
        for values in rows.select_for_update(no_key=True).values_list(*_CHARGE)
    }
    credited = set(CreditNote.objects.filter(bill__any_of=keys).values_list("bill", flat=True))
    found = [line for line in lines if line.bill_id not in credited]
    for line in found:
        line.charge = locked[line.charge_id]
        line.charge.site = site
    return sorted(found, key=lambda line: (line.bill_id, line.position))


def _payments_of(lines: Sequence[BillLine]) -> tuple[set[int], set[int]]:
    """Return the charges that credit was used for or that were adjusted, and those to keep.

    To keep are those that were paid for, perhaps by a later revision of the same cause, and those
    that were written off.
    """
    by_cause = {Cause.of(line.charge): line.charge_id for line in lines}
    kinds, sources = {cause.kind for cause in by_cause}, {cause.id for cause in by_cause}
    # With the kinds, the index of causes is used; without them, all charges are read.
    items = PaymentItem.objects.filter(
        charge__source_type__in=kinds, charge__source_id__any_of=sources
    )
    rows = items.filter(payment__state__in=("created", "pending", "processing", "paid"))
    used: set[int] = set()
    paid: set[int] = set()
    for *cause, is_credit in rows.values_list(*(f"charge__{name}" for name in _CAUSE), "is_credit"):
        charge = by_cause.get(Cause(*cause))
        if charge is not None:
            (used if is_credit else paid).add(charge)
    later = Charge.objects.filter(source_type__in=kinds, source_id__any_of=sources, revision__gt=0)
    written_off = later.filter(write_off_line__write_off__state=WriteOff.State.DONE)
    for adjusted, charges in ((later, used), (written_off, paid)):
        causes = (Cause(*row) for row in adjusted.values_list(*_CAUSE))
        charges |= {by_cause[cause] for cause in causes if cause in by_cause}
    return used, paid


def _credit(
    site: Site,
    bills: Sequence[Bill],
    by_bill: dict[int, list[BillLine]],
    actor: User,
    reason: str,
) -> list[CreditNote]:
    """Credit bills that nothing was paid for."""
    if not bills:
        return []
    lines = [line for bill in bills for line in by_bill[bill.pk]]
    now = clock.now()
    revisions = copy_rows(_opposite(site, line.charge, now) for line in lines)
    unpaid = [line.charge_id for line in lines if line.charge.state == State.OPEN]
    Charge.objects.filter(pk__any_of=unpaid).update(state=State.SETTLED)
    entries = [
        charge_entry(revision, is_credited=False, concerns=day_posted(line.charge))
        for line, revision in zip(lines, revisions, strict=True)
        if revision.amount
    ]
    if entries:
        ledger.book_new(site, entries)
    notes = _notes(site, [bill for bill in bills if bill.total], actor, reason)
    by_pk = {note.bill_id: note for note in notes}
    copy_values(
        CreditNoteLine,
        ("credit_note_id", "bill_line_id", "charge_id", "amount"),
        (
            (by_pk[line.bill_id].pk, line.pk, revision.pk, line.charge.amount)
            for line, revision in zip(lines, revisions, strict=True)
            if line.charge.amount
        ),
    )
    return notes


def _opposite(site: Site, charge: Charge, now: datetime) -> Charge:
    return new_row(
        Charge,
        {"site": site},
        source_type=charge.source_type,
        source_id=charge.source_id,
        period=charge.period,
        revision=charge.revision + 1,
        payer_type=charge.payer_type,
        payer_id=charge.payer_id,
        amount=-charge.amount,
        currency=charge.currency,
        vat_rate=charge.vat_rate,
        vat_amount=-charge.vat_amount,
        lines=[{"kind": "credit_note", "amount": -charge.amount}],
        begins_at=charge.begins_at,
        ends_at=charge.ends_at,
        due_at=charge.due_at,
        state=State.SETTLED,
        created_at=now,
        opened_at=now,
    )


def _notes(site: Site, bills: Sequence[Bill], actor: User, reason: str) -> list[CreditNote]:
    now = clock.now()
    day = clock.local(now, site.timezone).date()
    prefix = legal_entity_of(site).credit_note_prefix
    numbers = next_numbers(site, NumberCounter.Kind.CREDIT_NOTE, day.year, len(bills))
    return copy_rows(
        new_row(
            CreditNote,
            {"site": site, "bill": bill, "issued_by": actor},
            number=number_text(prefix, site, day.year, number),
            amount=bill.total,
            currency=bill.currency,
            reason=reason,
            issued_at=now,
            issued_on=day,
        )
        for bill, number in zip(bills, numbers, strict=True)
    )
