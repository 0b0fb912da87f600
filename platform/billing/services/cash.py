"""Cash at the lane: taken by a guard, booked at once."""

from django.db import transaction
from django.utils.translation import gettext as _

from billing.models import Payment
from billing.services.deadlock import again_after_deadlock
from billing.services.recording import lock_payments, take
from core import audit, clock
from core.errors import Rejection
from core.models import User
from core.money import Money
from parking import services as parking_services
from parking.models import Stay


@again_after_deadlock
@transaction.atomic
def take_cash(stay: Stay, actor: User, amount: int | None = None) -> Payment:
    """Book cash that a guard took for a stay; the caller has checked that they may.

    Args:
        stay: what it was taken for.
        actor: who took it.
        amount: in minor units; all that is due, if not said. Change is given, so never more.

    Raises:
        Rejection: nothing is due, or the amount is not above zero or above what is due.
    """
    lock_payments(stay.pk)
    now = clock.now()
    quote = parking_services.make_quote(stay, now)
    amount = quote.due if amount is None else amount
    _check(amount, Money(quote.due, quote.currency))
    payment = Payment.objects.create(
        site=stay.site,
        stay=stay,
        provider=Payment.Provider.OFFLINE,
        quote=quote,
        amount=amount,
        currency=quote.currency,
        created_at=now,
        taken_by=actor.get_username(),
    )
    audit.record(
        stay.site,
        actor,
        "take cash",
        ("stay", stay.pk),
        amount=amount,
        currency=quote.currency,
        payment=payment.public_id,
    )
    return take(payment, now)


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
