"""Cash at the lane: collected by a guard, posted at once."""

from django.db import transaction
from django.utils.translation import gettext as _

from billing import ports
from billing.models import Charge, Payment, PaymentItem
from billing.services.charging import Cause, lock_cause
from billing.services.deadlock_retry import retry_deadlock
from billing.services.recording import record_payment
from core import audit, clock
from core.errors import Rejection
from core.models import User
from core.money import Money


@retry_deadlock
@transaction.atomic
def record_cash(charge: Charge, actor: User, amount: int | None = None) -> Payment:
    """Post cash that a guard collected for a charge; the caller has checked the permission.

    Args:
        charge: what it was collected for.
        actor: who collected it.
        amount: in minor units; all that is due by default. Change is given, so never more.

    Raises:
        Rejection: the amount due is zero, or the amount is not above zero or exceeds what is due.
    """
    lock_cause(Cause.of(charge))
    now = clock.now()
    source = ports.source_of(charge)
    offer = source.offer(charge, now)
    amount = offer.money.minor if amount is None else amount
    _check(amount, offer.money)
    payment = Payment.objects.create(
        site=charge.site,
        provider=Payment.Provider.OFFLINE,
        amount=amount,
        currency=offer.money.currency,
        created_at=now,
        taken_by=actor.get_username(),
    )
    add_item(payment, charge, offer, amount)
    audit.record(
        charge.site,
        actor,
        "take cash",
        source.audit_subject(charge),
        amount=amount,
        currency=payment.currency,
        payment=payment.public_id,
    )
    return record_payment(payment, now)


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


def _check(amount: int, due: Money) -> None:
    if not due:
        raise Rejection("amount", "nothing_due", _("nothing is due"), _("let the car leave"))
    if amount <= 0:
        raise Rejection(
            "amount", "not_positive", _("it must be above zero"), _("enter what you were given")
        )
    if amount > due.minor:
        raise Rejection(
            "amount",
            "too_large",
            _("only %(due)s is due") % {"due": due},
            _("give change and enter what you keep"),
        )
