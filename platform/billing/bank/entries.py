"""What the books have already of a movement of a bank account.

Cash of a drawer that was taken to the bank, payouts of a provider and refunds by transfer are
posted to the bank's account when they happen, and are on the statement as well: they are the same
money.
"""

from datetime import timedelta

from django.db.models import QuerySet

from billing.models import Account, BankLine, LedgerEntry

# What was posted is on the statement within so many days.
_BEFORE, _AFTER = timedelta(days=31), timedelta(days=10)


def entries_for(line: BankLine) -> QuerySet[LedgerEntry]:
    """Return the entries that may be a line's money, and are no other line's, the latest first.

    They moved exactly its amount on the bank's account about the same day. Payments are left out:
    a line is matched with the payment itself. What was voided has never been at the bank.
    """
    rows = LedgerEntry.objects.filter(
        lines__account__site=line.account.site_id,
        lines__account__code=Account.Code.BANK,
        lines__account__currency=line.currency,
        lines__posted_on__range=(line.booked_on - _BEFORE, line.booked_on + _AFTER),
        lines__amount=line.amount,
        bank_lines=None,
    )
    for other in ("bank-", "payment:", "void:"):
        rows = rows.exclude(reference__startswith=other)
    return rows.order_by("-posted_on", "-pk")


def returned_lines(line: BankLine) -> QuerySet[BankLine]:
    """Return the lines in suspense whose money an outgoing line may have sent back."""
    rows = BankLine.objects.filter(
        account=line.account_id,
        state=BankLine.State.OPEN,
        amount=-line.amount,
        currency=line.currency,
        booked_on__lte=line.booked_on,
    )
    return rows.order_by("-booked_on", "-pk")
