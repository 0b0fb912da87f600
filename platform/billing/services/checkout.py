"""Checkouts with an online provider: begun, refreshed and ended.

The payment's row is committed before the provider is called, with everything that the provider is
sent. An attempt whose answer was lost can therefore be repeated unchanged under the same
idempotency key: by the payer's next click, or by the reconciliation job.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from billing import ports
from billing.models import Charge, Payment
from billing.ports import Checkout, Offer, PaymentProvider
from billing.services.cash import add_item
from billing.services.charging import Cause, lock_cause
from billing.services.recording import announce, checkouts_under_way
from billing.services.settlement import settle
from core import clock
from core.errors import Rejection
from core.money import Money

State = Payment.State
ONLINE = Payment.Provider.STRIPE
# Stripe's minimum is 30 minutes; the rest leaves time to repeat an attempt whose answer was lost.
CHECKOUT_LIFE = timedelta(minutes=45)
# A checkout that expires sooner is replaced: the payer could not complete it in time.
_TOO_SHORT = timedelta(minutes=3)
_TRIES = 3


@dataclass(frozen=True, slots=True)
class _Attempt:
    payment: Payment
    due: int
    is_new: bool


def begin_checkout(
    charge: Charge, *, email: str, language: str, return_url: str, begun: str = ""
) -> Payment:
    """Return a payment for what is due of a charge, with the address where the payer pays it.

    A checkout under way for the same amount is reused; one for another amount is expired with the
    provider first. Only the provider's own answer makes a payment paid.

    Args:
        charge: what is paid for.
        email: where the receipt is sent; empty for none.
        language: of the provider's page and the receipt, as a Django language code.
        return_url: where the payer's browser is redirected afterwards, paid or not.
        begun: the public id of the payment that this payer has proved to have begun; no other
            payer may set or replace the address that its receipt is sent to.

    Returns:
        A pending payment whose ``checkout_url`` the payer is redirected to; or one that turned out
        to be paid or processing already.

    Raises:
        Rejection: the amount due is zero; the provider refused, did not answer, or is not
            configured.
        RuntimeError: called inside a transaction, whose rollback could lose an attempt that the
            provider has accepted.
    """
    for _try in range(_TRIES):
        attempt = _open_attempt(charge, email, language, return_url, begun)
        payment = _refresh(attempt.payment)
        if payment.state == State.FAILED and attempt.is_new:
            raise _refused()
        if payment.state == State.PENDING and not _fits(payment, attempt.due):
            payment = _expire(payment)
        if payment.state in (State.PENDING, State.PROCESSING, State.PAID):
            return payment
    raise Rejection(
        "payment",
        "amount_changed",
        _("the amount changed while the payment was being prepared"),
        _("check the amount and select Pay again"),
    )


def refresh_payment(payment: Payment) -> Payment:
    """Return the payment with the state its provider reports; an ended one is returned as it is.

    Raises:
        Rejection: the provider did not answer, does not know a checkout that may still be paid, or
            is not configured.
    """
    if payment.state not in Payment.UNDER_WAY or payment.provider != ONLINE:
        return payment
    return _refresh(payment)


def end_checkout(payment: Payment) -> Payment:
    """Expire a checkout that must not be paid any more; one that was paid is settled instead.

    Raises:
        Rejection: as `refresh_payment` does.
    """
    payment = refresh_payment(payment)
    return _expire(payment) if payment.state == State.PENDING else payment


def _open_attempt(
    charge: Charge, email: str, language: str, return_url: str, begun: str
) -> _Attempt:
    """Commit the payment that the provider will be sent, or find the one under way."""
    with transaction.atomic(durable=True):
        cause = Cause.of(charge)
        lock_cause(cause)
        offer = ports.source_of(charge).offer(charge, clock.now())
        payment = checkouts_under_way(cause).first()
        if payment is None:
            payment = _create(charge, offer, email, language, return_url)
            return _Attempt(payment, offer.money.minor, is_new=True)
        _renew(payment, offer, email if payment.public_id == begun else "")
        return _Attempt(payment, offer.money.minor, is_new=False)


def _create(charge: Charge, offer: Offer, email: str, language: str, return_url: str) -> Payment:
    if not offer.money:
        raise Rejection("amount", "nothing_due", _("nothing is due"), _("you can leave now"))
    now = clock.now()
    payment = Payment.objects.create(
        site=charge.site,
        provider=ONLINE,
        amount=offer.money.minor,
        currency=offer.money.currency,
        email=email,
        language=language,
        return_url=return_url,
        created_at=now,
        expires_at=now + CHECKOUT_LIFE,
    )
    add_item(payment, charge, offer, offer.money.minor)
    return payment


def _renew(payment: Payment, offer: Offer, email: str) -> None:
    """Store the newer offer for the same amount, so that it is honoured, and the new address."""
    if offer.money.minor == payment.amount:
        payment.items.update(
            offered_at=offer.at, expires_at=offer.expires_at, lines=offer.lines, basis=offer.basis
        )
    payment.email = email or payment.email
    payment.save(update_fields=["email"])


def _fits(payment: Payment, due: int) -> bool:
    left = payment.expires_at - clock.now() if payment.expires_at else timedelta(0)
    return payment.amount == due and left > _TOO_SHORT


def _provider() -> PaymentProvider:
    provider = ports.provider(ONLINE)
    if provider is None:
        raise Rejection(
            "payment",
            "provider_not_configured",
            _("online payment is not available at this site"),
            _("pay at the exit"),
        )
    return provider


def _refresh(payment: Payment) -> Payment:
    """Send the attempt to the provider, again if need be, or look up its checkout."""
    provider = _provider()
    try:
        if payment.provider_ref:
            checkout = provider.look_up(payment.provider_ref)
        else:
            checkout = provider.begin(_request(payment))
    except ports.ProviderUnreachableError as error:
        raise _no_answer() from error
    except ports.ProviderRefusedError as error:
        if not _fail(payment, str(error)):
            raise _refused() from error
        payment.refresh_from_db()
        return payment
    return _settle(payment, checkout)


def _expire(payment: Payment) -> Payment:
    if not payment.provider_ref:
        return payment
    try:
        checkout = _provider().expire(payment.provider_ref)
    except ports.ProviderUnreachableError as error:
        raise _no_answer() from error
    except ports.ProviderRefusedError as error:
        raise _refused() from error
    return _settle(payment, checkout)


def _settle(payment: Payment, checkout: Checkout) -> Payment:
    settle(payment.provider, checkout)
    payment.refresh_from_db()
    return payment


def _request(payment: Payment) -> ports.CheckoutRequest:
    charges = [item.charge for item in payment.items.select_related("charge__site").order_by("pk")]
    titles = [ports.source_of(charge).title(charge, payment.language) for charge in charges]
    return ports.CheckoutRequest(
        payment=payment.public_id,
        site=payment.site.slug,
        money=Money(payment.amount, payment.currency),
        title=", ".join(titles),
        language=payment.language,
        return_url=payment.return_url,
        expires_at=payment.expires_at or payment.created_at + CHECKOUT_LIFE,
    )


@transaction.atomic
def _fail(payment: Payment, reason: str) -> bool:
    """Store that the provider refused the attempt; False where it may still be being paid."""
    never_begun = Q(state=State.CREATED)
    run_out = Q(state__in=Payment.UNDER_WAY, expires_at__lt=clock.now())
    failed = Payment.objects.filter(never_begun | run_out, pk=payment.pk).update(
        state=State.FAILED, failure=reason[:300]
    )
    if failed:
        announce(payment)
    return bool(failed)


def _no_answer() -> Rejection:
    return Rejection(
        "payment",
        "provider_unavailable",
        _("the payment service did not respond"),
        _("select Pay again: you will not be charged twice"),
    )


def _refused() -> Rejection:
    return Rejection(
        "payment",
        "provider_refused",
        _("the payment service declined this payment"),
        _("pay at the exit"),
    )
