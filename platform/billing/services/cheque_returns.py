"""Cheques that the bank did not honour: the payment is void, and its charges are owed again.

The cheque has never paid them, so that late fees accrue as if it had not been received. Its money
leaves the bank's account where the bank had credited it; the line of the statement that takes it
back is matched with the entry that is posted here.
"""

from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from billing.balances import balances
from billing.models import Account, BankLine, Charge, ChequeReturn, OfflineMethod, Payment
from billing.services.charging import Cause, draft_charge, open_charge
from billing.services.deadlock_retry import retry_deadlock
from billing.services.drawers import MAX_MINOR
from billing.services.voids import lock_payment, require_no_refund, reverse_payment
from billing.settings import settings_of
from core import audit, clock, validation
from core.errors import Rejection
from core.models import User

KIND = "cheque_return"
Code = Account.Code


@retry_deadlock
@transaction.atomic
def return_cheque(
    payment: Payment,
    actor: User,
    *,
    reason: str,
    returned_on: date,
    was_credited: bool = False,
    fee: int = 0,
) -> ChequeReturn:
    """Record that the bank returned a cheque.

    Args:
        payment: by cheque; the caller has checked the permission.
        actor: who records it.
        reason: as the bank words it.
        returned_on: the bank's day.
        was_credited: the bank had credited the cheque before, perhaps in a sum with others. One
            that is matched with a line of a statement was.
        fee: what the payer is charged for it, in minor units.

    Raises:
        Rejection: there is no reason, the payment is no cheque that counts as paid, a refund of it
            exists, the day is in the future or before the cheque, or no such cheque is in hand.
    """
    validation.require_reason(reason, _("enter the reason that the bank gives"))
    payment = lock_payment(payment)
    _require_returnable(payment, returned_on, fee)
    account = _account_of(payment, was_credited)
    found = ChequeReturn.objects.create(
        payment=payment,
        reason=reason.strip(),
        returned_on=returned_on,
        fee=fee,
        recorded_at=clock.now(),
        recorded_by=actor,
    )
    reverse_payment(payment, account, None, kind="cheque-return")
    if fee:
        _charge(payment, fee)
    _record(found, actor)
    return found


def _account_of(payment: Payment, was_credited: bool) -> Code:
    """Return the account that the cheque's money is in: the bank's, or that of cheques in hand."""
    if was_credited or BankLine.objects.filter(payment=payment).exists():
        return Code.BANK
    _require_in_hand(payment)
    return Code.CHEQUES


def _charge(payment: Payment, fee: int) -> Charge:
    """Charge the payer for the bank's fee."""
    site, now = payment.site, clock.now()
    draft = draft_charge(
        site, Cause(KIND, payment.public_id), payment.currency, payer=payment.payer
    )
    due_on = clock.local(now, site.timezone).date() + timedelta(days=settings_of(site).due_days)
    due_at = clock.midnight(due_on, site.timezone)
    return open_charge(draft, fee, lines=[{"kind": KIND, "amount": fee}], due_at=due_at)


def _require_returnable(payment: Payment, returned_on: date, fee: int) -> None:
    _require_cheque(payment)
    require_no_refund(payment)
    _require_day(payment, returned_on)
    _require_fee(fee)


def _require_cheque(payment: Payment) -> None:
    is_cheque = payment.method == OfflineMethod.CHEQUE and payment.payer is not None
    if not is_cheque or payment.state != Payment.State.PAID:
        raise Rejection(
            "payment",
            "no_cheque",
            _("this payment is no cheque that counts as paid"),
            _("check the state of the payment"),
        )


def _require_day(payment: Payment, day: date) -> None:
    today = clock.local(clock.now(), payment.site.timezone).date()
    received_on = clock.local(payment.created_at, payment.site.timezone).date()
    if not received_on <= day <= today:
        raise Rejection(
            "returned_on",
            "out_of_range",
            _("this day is in the future, or before the cheque was received"),
            _("enter the day of the bank's notice"),
        )


def _require_fee(fee: int) -> None:
    if not 0 <= fee <= MAX_MINOR:
        raise Rejection(
            "fee", "out_of_range", _("this amount is out of range"), _("enter zero or more")
        )


def _require_in_hand(payment: Payment) -> None:
    held = next(
        (
            each.money.minor
            for each in balances(payment.site)
            if (each.account, each.money.currency) == (Code.CHEQUES, payment.currency)
        ),
        0,
    )
    if held < payment.amount:
        raise Rejection(
            "was_credited",
            "not_in_hand",
            _("the bank has credited this cheque: fewer are in hand"),
            _("say that the bank had credited it"),
        )


def _record(found: ChequeReturn, actor: User) -> None:
    payment = found.payment
    audit.record(
        payment.site,
        actor,
        "return cheque",
        ("payment", payment.public_id),
        amount=payment.amount,
        currency=payment.currency,
        reason=found.reason,
        returned_on=found.returned_on.isoformat(),
        fee=found.fee,
        receipt=payment.receipt_no,
    )
