"""Credit notes: what a bill's payer no longer owes, by a numbered document of its own."""

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from billing import topics
from billing.models import Bill, BillLine, Charge, CreditNote, CreditNoteLine, NumberCounter
from billing.numbering import next_numbers, number_text
from billing.services.charging import Cause, account_of, adjust_charge, lock_causes
from billing.services.deadlock_retry import retry_deadlock
from billing.services.write_offs import written_off_of
from billing.settings import legal_entity_of
from billing.vat import Vat
from core import audit, clock, live, validation
from core.errors import Rejection
from core.models import User
from core.money import Money


@retry_deadlock
@transaction.atomic
def credit_bill(
    bill: Bill, actor: User | None, *, reason: str, amounts: Mapping[int, int] | None = None
) -> CreditNote:
    """Issue a credit note of a bill; money paid beyond what is left becomes the payer's credit.

    Args:
        bill: an issued bill.
        actor: who issues it; the caller has checked the permission.
        reason: printed on it.
        amounts: by the key of a bill line, how much is taken off it in minor units; all that is
            left of every line by default.

    Raises:
        Rejection: no reason is given, or an amount is below zero or more than is left of its line,
            or all are zero.
    """
    validation.require_reason(reason, _("enter the reason for the credit note"))
    lines = list(bill.lines.select_related("charge__site").order_by("position"))
    lock_causes(Cause.of(line.charge) for line in lines)
    left = {line.pk: _left_of(line) for line in lines}
    amounts = {pk: minor for pk, minor in (amounts or left).items() if minor}
    _check(amounts, left, bill)
    revisions = [
        (line, _lower(line, amounts[line.pk]), amounts[line.pk])
        for line in lines
        if line.pk in amounts
    ]
    return _issue(bill, actor, reason, revisions)


def _left_of(line: BillLine) -> int:
    """Return what the line's cause costs after the credit notes so far."""
    return account_of(Cause.of(line.charge), clock.now()).total


def _check(amounts: Mapping[int, int], left: Mapping[int, int], bill: Bill) -> None:
    if not amounts:
        raise Rejection(
            "amounts",
            "nothing_to_credit",
            _("nothing of this bill is left to credit"),
            _("check its credit notes"),
        )
    for pk, minor in amounts.items():
        most = left.get(pk, 0)
        if not 0 < minor <= most:
            raise Rejection(
                "amounts",
                "too_large",
                _("at most %(left)s of this line can be credited")
                % {"left": Money(most, bill.currency).written()},
                _("enter zero or more and at most this amount"),
            )


def _lower(line: BillLine, minor: int) -> Charge:
    """Lower what a line's cause costs; its VAT falls in proportion."""
    charge = line.charge
    account = account_of(Cause.of(charge), clock.now())
    total = account.total - minor
    # VAT of what was written off stays payable.
    taxed = account.total + written_off_of(account)
    vat = account.vat * (taxed - minor) // taxed
    explanation = [{"kind": "credit_note", "amount": -minor}]
    return adjust_charge(
        charge.site,
        Cause.of(charge),
        charge.currency,
        total,
        lines=explanation,
        vat=Vat(charge.vat_rate, vat),
    )


def _issue(
    bill: Bill, actor: User | None, reason: str, revisions: Sequence[tuple[BillLine, Charge, int]]
) -> CreditNote:
    now = clock.now()
    day = clock.local(now, bill.site.timezone).date()
    number = next_numbers(bill.site, NumberCounter.Kind.CREDIT_NOTE, day.year)[0]
    prefix = legal_entity_of(bill.site).credit_note_prefix
    note = CreditNote.objects.create(
        bill=bill,
        site=bill.site,
        number=number_text(prefix, bill.site, day.year, number),
        amount=sum(minor for _line, _charge, minor in revisions),
        currency=bill.currency,
        reason=reason,
        issued_at=now,
        issued_on=day,
        issued_by=actor,
    )
    CreditNoteLine.objects.bulk_create(
        CreditNoteLine(credit_note=note, bill_line=line, charge=charge, amount=minor)
        for line, charge, minor in revisions
    )
    audit.record(
        bill.site,
        actor or "billing",
        "issue credit note",
        ("bill", bill.public_id),
        credit_note=note.number,
        amount=note.amount,
        currency=note.currency,
        reason=reason,
    )
    live.announce(topics.BILL, bill.site_id)
    return note
