"""Cash at the lane: collected by a guard, posted at once."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from billing import ports
from billing.models import Charge, Payment, PaymentItem
from billing.services.charging import Cause, account_of, lock_cause
from billing.services.deadlock_retry import retry_deadlock
from billing.services.recording import Claim, record_payment
from core import audit, clock
from core.errors import Rejection
from core.models import User
from core.money import Money


@retry_deadlock
@transaction.atomic
def record_cash(
    charge: Charge, actor: User, amount: int | None = None, *, offer: str = ""
) -> Payment:
    """Post cash that a guard collected for a charge; the caller has checked the permission.

    Args:
        charge: what it was collected for.
        actor: who collected it.
        amount: in minor units; all that is due by default. Change is given, so never more.
        offer: names the offer that the payer was shown, as its source does; what is due now
            without one.

    Raises:
        Rejection: the offer holds no longer (`amount_changed`), the amount due is zero, or the
            amount is not above zero or exceeds what is due.
    """
    now = clock.now()
    lock_cause(Cause.of(charge))
    account = account_of(Cause.of(charge), now)
    latest = account.charges[-1]
    source = ports.source_of(latest)
    shown = source.honour(latest, offer, now) if offer else source.price(latest, now)
    if shown is None:
        raise _amount_changed() if source.price(latest, now).money else _nothing_due()
    amount = shown.money.minor if amount is None else amount
    _check(amount, shown.money)
    payment = _create(latest, actor, Money(amount, shown.money.currency), now)
    item = add_item(payment, latest, shown, amount)
    audit.record(
        charge.site,
        actor,
        "take cash",
        shown.subject or source.audit_subject(latest),
        amount=amount,
        currency=payment.currency,
        payment=payment.public_id,
    )
    return record_payment(payment, now, [Claim(item, account, shown.money.minor)])


def add_item(payment: Payment, charge: Charge, offer: ports.Offer, amount: int) -> PaymentItem:
    """Store what a payment is for, with the offer that its payer accepted."""
    return PaymentItem.objects.create(
        payment=payment,
        charge=charge,
        amount=amount,
        offered_at=offer.at,
        expires_at=offer.expires_at,
        lines=offer.lines,
        basis=offer.basis,
    )


def _create(charge: Charge, actor: User, money: Money, at: datetime) -> Payment:
    return Payment.objects.create(
        site=charge.site,
        provider=Payment.Provider.OFFLINE,
        amount=money.minor,
        currency=money.currency,
        created_at=at,
        taken_by=actor.get_username(),
        taken_by_name=actor.get_full_name(),
    )


def _amount_changed() -> Rejection:
    return Rejection(
        "amount",
        "amount_changed",
        _("the amount has changed since it was shown"),
        _("tell the driver the new amount and count the money again"),
    )


def _nothing_due() -> Rejection:
    return Rejection("amount", "nothing_due", _("nothing is due"), _("let the car out"))


def _check(amount: int, due: Money) -> None:
    if not due:
        raise _nothing_due()
    if amount <= 0:
        raise Rejection(
            "amount",
            "not_positive",
            _("the amount must be more than zero"),
            _("enter the amount you received"),
        )
    if amount > due.minor:
        raise Rejection(
            "amount",
            "too_large",
            _("only %(due)s is due") % {"due": due},
            _("give change and enter the amount you keep"),
        )
