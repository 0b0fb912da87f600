"""A payer's credit: used for what the payer owes, or paid back on request.

Locks are taken in the order of all money: the causes of charges, then the payments.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from billing import ledger
from billing.ledger import Line, Party
from billing.models import Account, Charge, Payment, PaymentItem, Refund
from billing.outstanding import credits_of, open_charges_of
from billing.postings import party_of
from billing.refundable import credit_of
from billing.services.allocation import CauseAccount
from billing.services.charging import Cause, account_of, settle_paid
from billing.services.deadlock_retry import retry_deadlock
from billing.services.penalties import (
    in_payment_order,
    lock_with_penalties,
    penalties_come_first,
    post_penalties,
)
from billing.services.recording import paid_event
from billing.services.refunds import request_refund
from billing.services.releasing import allocate_credit, make_refundable
from billing.settings import settings_of
from core import audit, clock, events
from core.errors import Rejection
from core.ids import public_id
from core.models import Site, User
from core.money import Money


@dataclass(frozen=True, slots=True)
class _Purse:
    """A payment with the credit that it has left; its row is locked."""

    payment: Payment
    amount: int


@retry_deadlock
@transaction.atomic
def apply_credit(
    site: Site, payer: Party, at: datetime | None = None, charges: Collection[int] | None = None
) -> int:
    """Pay what a payer owes from the payer's credit, the oldest due first.

    Penalties are posted until that day first; with the statutory order they are paid first, too.

    Args:
        site: whose charges and payments.
        payer: as (type, id).
        at: when; now by default.
        charges: the keys of the charges to pay; all open ones by default.

    Returns:
        How much was used, in minor units.
    """
    if not credits_of(site, payer):
        return 0
    now = at or clock.now()
    causes = _locked_causes(site, payer, now, charges)
    purses = _locked_purses(site, payer)
    used = 0
    for cause in causes:
        used += _pay(account_of(cause, now), purses, payer, now)
    return used


def _locked_causes(
    site: Site, payer: Party, at: datetime, charges: Collection[int] | None
) -> list[Cause]:
    """Lock what is to be paid, post its penalties, and return the causes in the site's order."""
    rows = open_charges_of(site, payer)
    chosen = [each for each in rows if charges is None or each.pk in charges]
    lock_with_penalties(chosen)
    penalties = post_penalties(chosen, at)
    if charges is None or penalties_come_first(site):
        chosen += penalties
    due = in_payment_order(chosen, settings_of(site).penalty_order)
    return list(dict.fromkeys(Cause.of(each) for each in due))


@transaction.atomic
def use_credit(site: Site, payer: Party, actor: User) -> int:
    """Pay what a payer owes from the payer's credit because a person asks for it.

    Returns:
        How much was used, in minor units.

    Raises:
        Rejection: there is no credit, or no charge that it could pay.
    """
    used = apply_credit(site, payer)
    if not used:
        raise Rejection(
            "credit",
            "unused",
            _("there is no credit that could pay a charge"),
            _("reload the page"),
        )
    audit.record(site, actor, "use credit", payer, amount=used, currency=site.currency)
    return used


def _pay(account: CauseAccount, purses: list[_Purse], payer: Party, at: datetime) -> int:
    """Pay what a cause lacks from the payments that have credit; return how much that was."""
    used = 0
    latest = account.charges[-1]
    if latest.state == Charge.State.DRAFT:
        return 0
    for place, purse in enumerate(purses):
        if purse.payment.currency != latest.currency:
            continue
        amount = min(purse.amount, account.total - account.paid)
        if amount > 0:
            _use(account, latest, purse.payment, amount, at)
            purses[place] = _Purse(purse.payment, purse.amount - amount)
            used += amount
    if used:
        _post_use(account, payer, Money(used, latest.currency), at)
        settle_paid(account)
    return used


def _use(
    account: CauseAccount, charge: Charge, payment: Payment, amount: int, at: datetime
) -> None:
    """Move credit of one payment to a cause, and add it to what the item says was used.

    A payment that was made for the charge itself has an item of what its payer asked to pay, which
    stays as it is on the receipt.
    """
    allocate_credit(payment, -amount, at)
    account.allocate(payment, amount)
    item, is_new = PaymentItem.objects.get_or_create(
        payment=payment, charge=charge, defaults={"amount": amount, "is_credit": True}
    )
    if not is_new and item.is_credit:
        PaymentItem.objects.filter(pk=item.pk).update(amount=item.amount + amount)
    events.publish_durable(paid_event(payment, charge, amount, at))


def _post_use(account: CauseAccount, payer: Party, money: Money, at: datetime) -> None:
    charge = account.charges[0]
    lines = [
        Line(Account.Code.CREDIT, money, payer),
        Line(Account.Code.RECEIVABLE, -money, party_of(charge), charge),
    ]
    memo = f"credit used for {charge.reference}"
    ledger.book(charge.site, f"credit-use:{public_id()}", memo, lines, at=at)


def _locked_purses(site: Site, payer: Party) -> list[_Purse]:
    """Lock the payments that have credit of the payer; the oldest is used first."""
    keys = [each.pk for each, _amount in credits_of(site, payer)]
    rows = Payment.objects.filter(pk__in=keys).order_by("pk").select_related("site")
    locked = list(rows.select_for_update(of=("self",), no_key=True))
    locked.sort(key=lambda each: (each.paid_at or each.created_at, each.pk))
    return [_Purse(each, credit_of(each)) for each in locked]


@transaction.atomic
def request_credit_refund(
    site: Site, payer: Party, actor: User, *, amount: int, reason: str
) -> list[Refund]:
    """Request that credit of a payer is paid back, from the newest payments first.

    Raises:
        Rejection: no reason, the amount is not above zero or exceeds the payer's credit, or one of
            the payments is disputed.
    """
    purses = _locked_purses(site, payer)
    available = sum(each.amount for each in purses)
    if not 0 < amount <= available:
        raise Rejection(
            "amount",
            "not_refundable",
            _("at most %(due)s can be refunded")
            % {"due": Money(available, site.currency).written()},
            _("enter more than zero and at most this amount"),
        )
    refunds = []
    for purse in reversed(purses):
        part = make_refundable(purse.payment, min(amount, purse.amount))
        if part:
            refunds.append(request_refund(purse.payment, actor, amount=part, reason=reason))
            amount -= part
    audit.record(site, actor, "refund credit", payer, reason=reason)
    return refunds
