"""Checkouts with an online provider: begun, asked about and ended.

The payment's row is committed before the provider hears of it, with everything the provider is
told. So an answer that got lost leaves an attempt that can be told again, word for word, under the
same key: by the payer's next click, or by the job.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing import ports
from billing.models import Payment
from billing.ports import Checkout, PaymentProvider
from billing.services.recording import announce, lock_payments, online_under_way
from billing.services.settlement import settle
from core import clock
from core.errors import Rejection
from core.money import Money
from parking import services as parking_services
from parking.models import Quote, Stay

State = Payment.State
ONLINE = Payment.Provider.STRIPE
# Providers want half an hour at least; the rest leaves time to tell a lost attempt again.
CHECKOUT_LIFE = timedelta(minutes=45)
# A checkout that ends sooner is not shown to anybody: the payer would not get through it.
_TOO_SHORT = timedelta(minutes=3)
_TRIES = 3


@dataclass(frozen=True, slots=True)
class _Attempt:
    payment: Payment
    due: int
    is_new: bool


def begin_checkout(stay: Stay, *, email: str, language: str, return_url: str) -> Payment:
    """Return a payment for what is due now, with the address where the payer pays it.

    A checkout under way for the same amount is used again; one for another amount is ended with
    the provider first. Nothing here makes a payment paid but the provider's own answer.

    Args:
        stay: what is paid for.
        email: where the receipt goes; empty for none.
        language: of the provider's page and the receipt, as Django names it.
        return_url: where the payer's browser comes back to, paid or not.

    Returns:
        A pending payment whose ``checkout_url`` the payer is sent to; or one that turned out to be
        paid or in the bank's hands already, with nothing left to do there.

    Raises:
        Rejection: nothing is due, or the provider refused, did not answer, or is not set up.
        RuntimeError: called inside a transaction, which could undo the attempt after the provider
            has heard of it.
    """
    for _try in range(_TRIES):
        attempt = _open_attempt(stay, email, language, return_url)
        payment = _asked(attempt.payment)
        if payment.state == State.FAILED and attempt.is_new:
            raise _refused()
        if payment.state == State.PENDING and not _fits(payment, attempt.due):
            payment = _ended(payment)
        if payment.state in (State.PENDING, State.PROCESSING, State.PAID):
            return payment
    raise Rejection(
        "payment",
        "amount_changed",
        _("the amount changed while the payment was being prepared"),
        _("look at the amount again and press Pay"),
    )


def ask_provider(payment: Payment) -> Payment:
    """Return the payment as its provider says it is now; one that has ended is not asked about.

    Raises:
        Rejection: the provider did not answer, does not know a checkout that may still be paid, or
            is not set up.
    """
    if payment.state not in Payment.UNDER_WAY or payment.provider != ONLINE:
        return payment
    return _asked(payment)


def end_checkout(payment: Payment) -> Payment:
    """End a checkout that nobody shall pay any more; one already paid is settled instead.

    Raises:
        Rejection: as ``ask_provider`` does.
    """
    payment = ask_provider(payment)
    return _ended(payment) if payment.state == State.PENDING else payment


def _open_attempt(stay: Stay, email: str, language: str, return_url: str) -> _Attempt:
    """Commit the payment that the provider will be told of, or find the one under way."""
    with transaction.atomic(durable=True):
        lock_payments(stay.pk)
        quote = parking_services.make_quote(stay)
        payment = online_under_way(stay.pk).first()
        if payment is None:
            payment = _create(stay, quote, email, language, return_url)
            return _Attempt(payment, quote.due, is_new=True)
        _renew(payment, quote, email)
        return _Attempt(payment, quote.due, is_new=False)


def _create(stay: Stay, quote: Quote, email: str, language: str, return_url: str) -> Payment:
    if not quote.due:
        raise Rejection("amount", "nothing_due", _("nothing is due"), _("you can leave"))
    now = clock.now()
    return Payment.objects.create(
        site=stay.site,
        stay=stay,
        quote=quote,
        provider=ONLINE,
        amount=quote.due,
        currency=quote.currency,
        email=email,
        language=language,
        return_url=return_url,
        created_at=now,
        expires_at=now + CHECKOUT_LIFE,
    )


def _renew(payment: Payment, quote: Quote, email: str) -> None:
    """Take over what may change while the attempt, as the provider knows it, stays the same."""
    if payment.amount == quote.due:
        payment.quote = quote
    payment.email = email or payment.email
    payment.save(update_fields=["quote", "email"])


def _fits(payment: Payment, due: int) -> bool:
    left = payment.expires_at - clock.now() if payment.expires_at else timedelta(0)
    return payment.amount == due and left > _TOO_SHORT


def _provider() -> PaymentProvider:
    provider = ports.PROVIDERS.get(ONLINE)
    if provider is None:
        raise Rejection(
            "payment",
            "provider_not_configured",
            _("paying online is not set up here"),
            _("pay at the exit"),
        )
    return provider


def _asked(payment: Payment) -> Payment:
    """Tell the provider of the attempt, again if need be, or ask how far it is."""
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
    return _settled(payment, checkout)


def _ended(payment: Payment) -> Payment:
    if not payment.provider_ref:
        return payment
    try:
        checkout = _provider().expire(payment.provider_ref)
    except ports.ProviderUnreachableError as error:
        raise _no_answer() from error
    except ports.ProviderRefusedError as error:
        raise _refused() from error
    return _settled(payment, checkout)


def _settled(payment: Payment, checkout: Checkout) -> Payment:
    settle(payment.provider, checkout)
    payment.refresh_from_db()
    return payment


def _request(payment: Payment) -> ports.CheckoutRequest:
    with override(payment.language or None):
        title = _("Parking at %(site)s") % {"site": payment.site.name}
    return ports.CheckoutRequest(
        payment=payment.public_id,
        site=payment.site.slug,
        money=Money(payment.amount, payment.currency),
        title=title,
        language=payment.language,
        return_url=payment.return_url,
        expires_at=payment.expires_at or payment.created_at + CHECKOUT_LIFE,
    )


@transaction.atomic
def _fail(payment: Payment, reason: str) -> bool:
    """Note that the provider won't hear of the attempt; False where somebody may be paying it."""
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
        _("the payment service did not answer"),
        _("press Pay again: it is the same payment, and you never pay it twice"),
    )


def _refused() -> Rejection:
    return Rejection(
        "payment",
        "provider_refused",
        _("the payment service refused this payment"),
        _("pay at the exit"),
    )
