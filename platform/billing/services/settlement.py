"""What a provider says of a checkout, turned into the payment's state, once.

Messages come late, doubled and out of order. A payment's row is locked while one is taken in, and
a state only ever moves forward: paid is final, and whatever ended unpaid may still turn out paid.
"""

import logging

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from billing import ledger
from billing.models import Account, Payment, ProviderEvent
from billing.ports import Checkout, CheckoutStatus
from billing.services.deadlock import again_after_deadlock
from billing.services.recording import HELD_ON, announce, lock_payments, take
from core import clock, live
from core.models import Site
from core.money import Money

logger = logging.getLogger(__name__)
State = Payment.State
# Where a payment may be when it is told to be there; any other state is later news already.
_MOVES: dict[CheckoutStatus, tuple[State, frozenset[str]]] = {
    CheckoutStatus.OPEN: (State.PENDING, frozenset({State.CREATED})),
    CheckoutStatus.PROCESSING: (State.PROCESSING, frozenset({State.CREATED, State.PENDING})),
    CheckoutStatus.EXPIRED: (State.EXPIRED, frozenset({State.CREATED, State.PENDING})),
    CheckoutStatus.FAILED: (
        State.FAILED,
        frozenset({State.CREATED, State.PENDING, State.PROCESSING}),
    ),
}


@again_after_deadlock
@transaction.atomic
def hear(provider: str, event_id: str, kind: str, checkout: Checkout | None) -> bool:
    """Take in a provider's message once, and settle the checkout that it tells of.

    Args:
        provider: the name the provider is wired under.
        event_id: the provider's id of the message.
        kind: the provider's name for what happened.
        checkout: what the message says; None where it concerns no checkout.

    Returns:
        False when the message was heard before, and nothing was done.
    """
    _event, new = ProviderEvent.objects.get_or_create(
        provider=provider,
        event_id=event_id,
        defaults={"type": kind, "received_at": clock.now()},
    )
    if new and checkout is not None:
        settle(provider, checkout)
    return new


@again_after_deadlock
@transaction.atomic
def settle(provider: str, checkout: Checkout) -> Payment | None:
    """Bring the payment to where its provider says that the checkout is.

    Money that was taken is booked whatever else is wrong: for the stay as far as it was due, owed
    back beyond that, and to the suspense account where the amount is not the one asked for or the
    payment is unknown here.

    Args:
        provider: the name the provider is wired under.
        checkout: the provider's own word, from a signed message or an answer to our question;
            never what a browser brought.

    Returns:
        The payment; None when the checkout is none of ours.
    """
    payment = _locked(provider, checkout)
    if payment is None or payment.provider_ref not in (None, checkout.reference):
        _book_stray(provider, checkout, payment)
        return None
    if payment.paid_at is not None:
        return payment
    if checkout.status == CheckoutStatus.PAID:
        return _paid(payment, checkout)
    return _moved(payment, checkout)


def _locked(provider: str, checkout: Checkout) -> Payment | None:
    # The message may overtake the answer that tells us the reference: then our own id finds it.
    ours = Q(provider_ref=checkout.reference) | Q(public_id=checkout.payment)
    found = Payment.objects.filter(ours, provider=provider)
    stay_id = found.values_list("stay_id", flat=True).first()
    if stay_id is None:
        return None
    lock_payments(stay_id)
    locked = found.select_for_update(of=("self",)).select_related("site", "stay", "quote")
    return locked.first()


def _moved(payment: Payment, checkout: Checkout) -> Payment:
    target, sources = _MOVES[checkout.status]
    if payment.state not in sources:
        return payment
    payment.state = target
    payment.provider_ref = checkout.reference
    payment.checkout_url = checkout.url
    if target == State.FAILED:
        payment.failure = _("the bank or wallet did not pay")
    payment.save(update_fields=["state", "provider_ref", "checkout_url", "failure"])
    announce(payment)
    return payment


def _paid(payment: Payment, checkout: Checkout) -> Payment:
    payment.provider_ref = checkout.reference
    payment.checkout_url = ""
    asked = Money(payment.amount, payment.currency)
    if checkout.money != asked:
        return _refuse(payment, checkout, asked)
    return take(payment, checkout.paid_at or clock.now())


def _refuse(payment: Payment, checkout: Checkout, asked: Money) -> Payment:
    """Book what was taken instead of the amount asked for, and leave the rest to a person."""
    payment.state = State.FAILED
    payment.paid_at = checkout.paid_at or clock.now()
    payment.failure = _("%(taken)s was taken, not %(asked)s: pay it back or explain it") % {
        "taken": checkout.money,
        "asked": asked,
    }
    payment.save(update_fields=["state", "provider_ref", "checkout_url", "paid_at", "failure"])
    _book_suspense(payment.site, payment.reference, payment.failure, payment.provider, checkout)
    announce(payment)
    return payment


def _book_stray(provider: str, checkout: Checkout, payment: Payment | None) -> None:
    """Book money taken by a checkout that no payment of ours stands for.

    It bears our site's name, so we began it: its row is gone with a database put back from an
    older copy, or the provider made a second checkout of one attempt.
    """
    site = payment.site if payment else Site.objects.filter(slug=checkout.site).first()
    if site is None or checkout.status != CheckoutStatus.PAID:
        logger.info("%s tells of %s, which is none of ours", provider, checkout.reference)
        return
    logger.error("%s took %s by %s unasked", provider, checkout.money, checkout.reference)
    memo = f"{provider} {checkout.reference}, payment {checkout.payment or '?'} is not known"
    _book_suspense(site, f"{provider}:{checkout.reference}"[:80], memo, provider, checkout)
    live.announce(site.pk, "payment")


def _book_suspense(
    site: Site, reference: str, memo: str, provider: str, checkout: Checkout
) -> None:
    if not checkout.money:
        return
    ledger.book(
        site,
        reference,
        memo,
        [
            ledger.Line(HELD_ON[provider], checkout.money),
            ledger.Line(Account.Code.SUSPENSE, -checkout.money),
        ],
        at=checkout.paid_at,
    )
