"""Withdraw the charge of a cause that goes on after all, and hold its money for the next one."""

from collections.abc import Mapping

from django.db import transaction

from billing import ledger
from billing.ledger import Line
from billing.models import Account, Charge, Payment
from billing.postings import earned, party_of
from billing.refundable import refundable
from billing.services.allocation import CauseAccount
from billing.services.charging import (
    Cause,
    account_of,
    day_posted,
    draft_charge,
    lock_cause,
    settle_paid,
)
from core import clock
from core.money import Money

State = Charge.State
Code = Account.Code


@transaction.atomic(savepoint=False)
def hold_again(charge: Charge) -> Charge:
    """Withdraw what the cause was charged, and hold what was paid for it for its next charge.

    Money of its payments that is due for refund counts again, unless its refund was requested.

    Args:
        charge: the cause's draft; a charge that is final already is returned unchanged.

    Returns:
        The draft that the money is held for.
    """
    cause = Cause.of(charge)
    lock_cause(cause)
    account = account_of(cause, clock.now())
    draft = account.charges[-1]
    if draft.state != State.DRAFT or not (account.total or account.payments):
        return draft
    reversing = draft
    if account.total:
        _reverse(reversing, account)
        draft = draft_charge(charge.site, cause, charge.currency, begins_at=charge.begins_at)
        account.charges.append(draft)
    unused = _move(account, draft)
    draft.amount = account.paid_for(draft)
    draft.save(update_fields=["amount"])
    settle_paid(account)
    _post(draft, account, unused, reversing)
    return draft


def _reverse(draft: Charge, account: CauseAccount) -> None:
    """Make a draft final at the opposite of all that was charged."""
    posted = [each for each in account.charges if each.state in Charge.POSTED]
    draft.amount, draft.vat_amount = -account.total, -account.vat
    draft.vat_rate = posted[-1].vat_rate
    draft.state, draft.opened_at = State.SETTLED, clock.now()
    draft.save(update_fields=["amount", "vat_rate", "vat_amount", "state", "opened_at"])


def _move(account: CauseAccount, draft: Charge) -> dict[Payment, int]:
    """Hold all money of the cause for the draft; return what of it was due for refund."""
    unused: dict[Payment, int] = {}
    for payment in reversed(account.payments):
        Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
        unused[payment] = refundable(payment).minor
        account.hold(draft, payment, account.withdraw(payment) + unused[payment])
    return unused


def _post(
    draft: Charge, account: CauseAccount, unused: Mapping[Payment, int], reversing: Charge
) -> None:
    """Post the money as credit; no receivable and no income of the cause remain.

    Args:
        reversing: what takes back what was earned, at the VAT rate of that.
    """
    party = party_of(draft)
    standing = ledger.balances_of_charges(each.pk for each in account.charges)
    minor = {
        Code.CREDIT: -account.paid - standing[Code.CREDIT],
        Code.RECEIVABLE: -standing[Code.RECEIVABLE],
    }
    lines = [
        Line(code, Money(amount, draft.currency), party, draft) for code, amount in minor.items()
    ]
    for payment, amount in unused.items():
        due = Money(amount, draft.currency)
        lines.append(Line(Code.REFUNDS_DUE, due, ("payment", payment.public_id), draft))
    gross = sum(each.money.minor for each in lines)
    lines += earned(reversing, gross, standing[Code.VAT_PAYABLE])
    if any(each.money for each in lines):
        memo = f"charge {draft.reference}, held again for revision {draft.revision}"
        concerns = day_posted(account.charges[0])
        reference = f"charge-held:{draft.pk}"
        ledger.book(draft.site, reference, memo, lines, at=clock.now(), concerns=concerns)
