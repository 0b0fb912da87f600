"""Deposits: asked for, held on an account of their own, given back or kept in part."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from billing import ledger, topics
from billing.ledger import Line, Party
from billing.models import Account, Charge, Deposit, DepositSettlement
from billing.services.charging import (
    Cause,
    account_of,
    adjust_charge,
    draft_charge,
    lock_cause,
    open_charge,
)
from billing.services.deadlock_retry import retry_deadlock
from core import audit, clock, live, validation
from core.errors import Rejection
from core.models import Site, User
from core.money import Money
from estate.models import Unit

KIND = "deposit"


@transaction.atomic
def require_deposit(
    site: Site,
    payer: Party,
    amount: int,
    *,
    purpose: str,
    actor: User | None = None,
    unit: Unit | None = None,
    due_at: datetime | None = None,
) -> Deposit:
    """Ask a payer for a deposit: its charge is opened, and what is paid of it is held.

    Args:
        site: in whose currency the amount is.
        payer: as (type, id).
        amount: in minor units.
        purpose: what the payer reads, such as "renovation".
        actor: who asks; None for a lease that does.
        unit: the unit that it is for, where there is one.
        due_at: when it is due; now by default.

    Raises:
        Rejection: the amount is not above zero, or there is no purpose.
    """
    _check_required(amount, purpose)
    deposit = Deposit.objects.create(
        site=site,
        payer_type=payer[0],
        payer_id=payer[1],
        unit=unit,
        purpose=purpose.strip(),
        amount=amount,
        currency=site.currency,
        created_at=clock.now(),
        created_by=actor,
    )
    _charge(deposit, due_at or deposit.created_at)
    _record(deposit, actor, "require deposit", amount=amount)
    return deposit


def _charge(deposit: Deposit, due_at: datetime) -> None:
    draft = draft_charge(deposit.site, cause_of(deposit), deposit.currency, payer=deposit.payer)
    lines = [{"kind": "deposit", "purpose": deposit.purpose, "amount": deposit.amount}]
    open_charge(draft, deposit.amount, lines=lines, due_at=due_at)


def _check_required(amount: int, purpose: str) -> None:
    if amount <= 0:
        raise Rejection(
            "amount", "not_positive", _("the amount must be more than zero"), _("enter an amount")
        )
    if not purpose.strip():
        raise Rejection("purpose", "missing", _("the purpose is missing"), _("enter a purpose"))


def cause_of(deposit: Deposit) -> Cause:
    """Return the cause of a deposit's charge."""
    return Cause(KIND, deposit.public_id)


def held_of(deposit: Deposit) -> Money:
    """Return what was paid of a deposit and is held."""
    paid = account_of(cause_of(deposit), clock.now()).paid
    settlement = DepositSettlement.objects.filter(deposit=deposit).first()
    return Money(paid - (settlement.kept if settlement else 0), deposit.currency)


@retry_deadlock
@transaction.atomic
def settle_deposit(
    deposit: Deposit, actor: User, *, kept: int = 0, reason: str = ""
) -> DepositSettlement:
    """Give a deposit back as its payer's credit, less a part that the site keeps.

    What was not paid of it is owed no longer.

    Args:
        deposit: one that was not settled.
        actor: who settles it; the caller has checked the permission.
        kept: in minor units, at most what is held.
        reason: why a part is kept.

    Raises:
        Rejection: it is settled already, the part is below zero or more than is held, or a part is
            kept without a reason.
    """
    lock_cause(cause_of(deposit))
    _check_unsettled(deposit)
    held = held_of(deposit).minor
    _check_kept(deposit, kept, held, reason)
    lines = [{"kind": "deposit_settled", "kept": kept, "returned": held - kept}]
    adjust_charge(deposit.site, cause_of(deposit), deposit.currency, kept, lines=lines)
    settlement = DepositSettlement.objects.create(
        deposit=deposit,
        returned=held - kept,
        kept=kept,
        reason=reason,
        settled_at=clock.now(),
        settled_by=actor,
    )
    _post_kept(deposit, kept)
    _record(deposit, actor, "settle deposit", kept=kept, returned=held - kept, reason=reason)
    return settlement


def _check_unsettled(deposit: Deposit) -> None:
    if DepositSettlement.objects.filter(deposit=deposit).exists():
        raise Rejection(
            "deposit", "settled", _("this deposit is settled already"), _("check its settlement")
        )


def _check_kept(deposit: Deposit, kept: int, held: int, reason: str) -> None:
    if not 0 <= kept <= held:
        raise Rejection(
            "kept",
            "too_large",
            _("only %(held)s is held") % {"held": Money(held, deposit.currency).written()},
            _("enter zero or more and at most this amount"),
        )
    if kept:
        validation.require_reason(reason, _("enter why a part is kept"))


def _post_kept(deposit: Deposit, kept: int) -> None:
    """Post the part that is kept as income."""
    if not kept:
        return
    charge = Charge.objects.get(**cause_of(deposit).filter(), revision=0)
    money = Money(kept, deposit.currency)
    lines = [
        Line(Account.Code.DEPOSITS, money, deposit.payer, charge),
        Line(Account.Code.DEPOSITS_KEPT, -money),
    ]
    memo = f"deposit {deposit.public_id} kept in part"
    ledger.book(deposit.site, f"deposit-kept:{deposit.public_id}", memo, lines)


def _record(deposit: Deposit, actor: User | None, action: str, **facts: object) -> None:
    audit.record(
        deposit.site,
        actor or "billing",
        action,
        ("deposit", deposit.public_id),
        currency=deposit.currency,
        **facts,
    )
    live.announce(topics.BILL, deposit.site_id)
