"""What holds for the chain of bills, payments and refunds after any history."""

from typing import Any

from django.db.models import Sum

from billing.ledger import Party
from billing.models import Allocation, Charge, LedgerEntry, LedgerLine, Payment, Refund, WriteOff
from billing.outstanding import amount_due, bills
from core.models import Site
from tests.billing.books import check_constraints, standing

PAYERS: tuple[Party, ...] = (("person", "1"), ("company", "1"))


def check(site: Site) -> None:
    """Check every invariant of the chain."""
    check_constraints()
    for entry in LedgerEntry.objects.annotate(sum=Sum("lines__amount")):
        assert entry.sum == 0
    _check_bounds()
    for payer in PAYERS:
        check_payer(payer)
    _check_accounts(standing(site))
    for bill in bills(site):
        assert max(0, bill.owed) == amount_due(bill).minor
        assert (bill.owed > 0) == (bill.state in ("issued", "part_paid"))


def _check_bounds() -> None:
    for payment in Payment.objects.annotate(sum=Sum("allocations__amount")):
        back = _sum(payment.refunds.exclude(state__in=Refund.VOID))
        assert 0 <= (payment.sum or 0) <= payment.amount - back
    for charge in Charge.objects.annotate(sum=Sum("allocations__amount")):
        assert min(0, charge.amount) <= (charge.sum or 0) <= max(0, charge.amount)


def check_payer(payer: Party) -> None:
    """A payer's receivable is what was charged less what was allocated; credit is the rest."""
    own = Charge.objects.filter(payer_type=payer[0], payer_id=payer[1], state__in=Charge.POSTED)
    allocated = _sum(Allocation.objects.filter(charge__in=own))
    assert _balance("receivable", payer) == _sum(own) - allocated
    unused = Allocation.objects.filter(
        charge=None, payment__payer_type=payer[0], payment__payer_id=payer[1]
    )
    assert _balance("credit", payer) == -_sum(unused)


def _check_accounts(books: dict[str, int]) -> None:
    """Income is what was charged without VAT; a write-off changes neither."""
    done = WriteOff.objects.filter(state=WriteOff.State.DONE)
    assert books.get("write_off", 0) == _sum(done)
    posted = Charge.objects.filter(state__in=Charge.POSTED, source_type="club")
    assert books.get("club_fees", 0) + books.get("vat_payable", 0) == -_sum(posted) - _sum(done)
    paid = _sum(Payment.objects.filter(state="paid"))
    back = _sum(Refund.objects.filter(state="succeeded"))
    assert books.get("cash", 0) == paid - back


def _balance(account: str, payer: Party) -> int:
    return _sum(
        LedgerLine.objects.filter(account__code=account, party_type=payer[0], party_id=payer[1])
    )


def _sum(rows: Any) -> int:
    return rows.aggregate(sum=Sum("amount"))["sum"] or 0
