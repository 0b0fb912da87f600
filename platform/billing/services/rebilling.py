"""Correct a bill: a credit note of all of it, and a new bill of what its causes really cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from billing.models import Bill, BillLine, Charge, CreditNote
from billing.services.bills import BillDraft, issue_bills
from billing.services.charging import Cause, account_of, adjust_charge, lock_causes
from billing.services.credit_notes import credit_bill
from billing.services.write_offs import written_off_of
from billing.vat import Vat
from core import clock
from core.errors import Rejection
from core.models import User


@dataclass(frozen=True, slots=True)
class CorrectedLine:
    """What a line of a bill should have been.

    Attributes:
        amount: in minor units, 0 or more, VAT included.
        lines: the explanation of the amount.
        vat: the VAT in the amount; that of the income account by default.
    """

    amount: int
    lines: Sequence[dict[str, Any]]
    vat: Vat | None = None


@dataclass(frozen=True, slots=True)
class Rebilled:
    """The documents of a correction; there is no bill where nothing is owed any more."""

    credit_note: CreditNote
    bill: Bill | None


@transaction.atomic
def rebill(
    bill: Bill,
    actor: User,
    corrected: Mapping[int, CorrectedLine],
    *,
    reason: str,
    due_on: date,
) -> Rebilled:
    """Credit a bill in full, and bill its causes again at their corrected amounts.

    Money that was paid becomes the payer's credit, and pays the new bill where the site's settings
    say so.

    Args:
        bill: an issued bill that was not credited.
        actor: who corrects it; the caller has checked the permission.
        corrected: by the key of a bill line; lines left out keep their amounts.
        reason: printed on the credit note.
        due_on: of the new bill, in the site's time zone.

    Raises:
        Rejection: the bill was credited or written off already, in part perhaps, or an amount is
            below zero.
    """
    lines = list(bill.lines.select_related("charge__site").order_by("position"))
    lock_causes(Cause.of(line.charge) for line in lines)
    _check(bill, corrected)
    _require_not_written_off(lines)
    note = credit_bill(bill, actor, reason=reason)
    charges = [_charge_again(line, corrected.get(line.pk) or _unchanged(line)) for line in lines]
    posted = [each for each in charges if each.state == Charge.State.OPEN]
    if not posted:
        return Rebilled(note, None)
    (again,) = issue_bills(bill.site, [_draft(bill, posted, due_on)], note.issued_at)
    return Rebilled(note, again)


def _check(bill: Bill, corrected: Mapping[int, CorrectedLine]) -> None:
    if bill.credit_notes.exists():
        raise Rejection(
            "bill",
            "credited",
            _("this bill has a credit note already"),
            _("credit what is left, and bill the charges anew"),
        )
    if any(each.amount < 0 for each in corrected.values()):
        raise Rejection("amount", "negative", _("an amount is below zero"), _("enter zero or more"))


def _require_not_written_off(lines: Sequence[BillLine]) -> None:
    """Reject lines that are charged anew as they were: reversing would charge a part twice."""
    accounts = (account_of(Cause.of(line.charge), clock.now()) for line in lines)
    if any(written_off_of(account) for account in accounts):
        raise Rejection(
            "bill",
            "written_off",
            _("a part of this bill is written off"),
            _("reverse the write-off first"),
        )


def _draft(bill: Bill, posted: Sequence[Charge], due_on: date) -> BillDraft:
    """Return the draft of the bill that replaces another one."""
    return BillDraft(
        payer=bill.payer,
        payer_name=bill.payer_name,
        payer_address=bill.payer_address,
        due_on=due_on,
        posted=posted,
        unit=bill.unit_id,
        unit_name=bill.snapshot.get("unit", ""),
        period=bill.period,
        extra={"replaces": bill.number},
    )


def _unchanged(line: BillLine) -> CorrectedLine:
    charge = line.charge
    return CorrectedLine(charge.amount, charge.lines, Vat(charge.vat_rate, charge.vat_amount))


def _charge_again(line: BillLine, corrected: CorrectedLine) -> Charge:
    """Charge the cause of a line again, by a further revision; it may be zero."""
    charge = line.charge
    return adjust_charge(
        charge.site,
        Cause.of(charge),
        charge.currency,
        corrected.amount,
        lines=list(corrected.lines),
        vat=corrected.vat,
        due_at=charge.due_at,
    )
