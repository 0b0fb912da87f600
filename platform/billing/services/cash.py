"""Cash at the lane: collected by a guard, posted at once."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from billing import ports
from billing.models import Charge, Payment, PaymentItem
from billing.services.charging import Cause, account_of, lock_cause
from billing.services.deadlock_retry import retry_deadlock
from billing.services.drawers import lock_open_drawer
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

    It goes into the guard's open drawer, if there is one.

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
    shown = _offer(latest, offer, now)
    amount = shown.money.minor if amount is None else amount
    _check(amount, shown.money)
    drawer = lock_open_drawer(charge.site_id, actor, shown.money.currency)
    payment = _create(latest, actor, Money(amount, shown.money.currency), now)
    item = add_item(payment, latest, shown, amount)
    subject = shown.subject or ports.source_of(latest).audit_subject(latest)
    detail = {"amount": amount, "currency": payment.currency, "payment": payment.public_id}
    audit.record(charge.site, actor, "take cash", subject, **detail)
    claims = [Claim(item, account, shown.money.minor)]
    return record_payment(payment, now, claims, holder=drawer.party if drawer else None)


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


def _offer(charge: Charge, name: str, at: datetime) -> ports.Offer:
    """Return the offer of that name, which still has to hold; without a name what is due now."""
    source = ports.source_of(charge)
    shown = source.honour(charge, name, at) if name else source.price(charge, at)
    if shown is None:
        raise _amount_changed() if source.price(charge, at).money else _nothing_due()
    return shown


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
    return Rejection("amount", "nothing_due", _("nothing is due"), _("take no money"))


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
            _("only %(due)s is due") % {"due": due.written()},
            _("give change and enter the amount you keep"),
        )
