"""Checkouts with an online provider: begun, refreshed and ended.

The payment's row is committed before the provider is called, with everything that the provider is
sent. An attempt whose answer was lost can therefore be repeated unchanged under the same
idempotency key: by the payer's next click, or by the reconciliation job.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from billing import ports
from billing.ledger import Party
from billing.models import Charge, Payment, PaymentItem, SavedMethod
from billing.ports import Checkout, Offer, PaymentProvider
from billing.provider_accounts import collector_for, provider_of
from billing.provider_messages import SavedCharge
from billing.services.cash import add_item
from billing.services.charging import Cause
from billing.services.orders import Order, wanted_of, with_penalties
from billing.services.penalties import lock_with_penalties
from billing.services.recording import announce, checkouts_under_way
from billing.services.selection import Selected, check_selection
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
    wanted: dict[Cause, int]
    is_new: bool
    is_replaced: bool = False


def begin_checkout(
    charge: Charge, *, email: str, language: str, return_url: str, begun: str = ""
) -> Payment:
    """Return a payment for what is due of a charge, with the address where the payer pays it.

    See `begin_joint_checkout`, of which this is the case of one charge.
    """
    return begin_joint_checkout(
        [Selected(charge)], email=email, language=language, return_url=return_url, begun=begun
    )


def begin_joint_checkout(
    selected: Sequence[Selected],
    *,
    email: str,
    language: str,
    return_url: str,
    begun: str = "",
    payer: Party | None = None,
    amount: int | None = None,
) -> Payment:
    """Return one payment for several charges, with the address where the payer pays them.

    The penalties of the charges are posted until today. Where the site settles penalties first,
    they are paid with the charges and before them, as `penalties_due` shows.

    A checkout under way for the same amounts is reused; one for other amounts is expired with the
    provider first. Only the provider's own answer makes a payment paid.

    Args:
        selected: what is paid for: charges of one site and currency, each cause once.
        email, language, return_url, begun, payer, amount: see `Order`.

    Returns:
        A pending payment whose ``checkout_url`` the payer is redirected to; or one that turned out
        to be paid or processing already.

    Raises:
        Rejection: the amount due is zero; the selection is not valid; another payer is paying one
            of several charges; the provider refused, did not answer, or is not configured.
        RuntimeError: called inside a transaction, whose rollback could lose an attempt that the
            provider has accepted.
    """
    order = Order(selected, email, language, return_url, begun, payer, amount)
    check_selection(selected, amount)
    for _try in range(_TRIES):
        payment = _attempt(order)
        if payment is not None:
            return payment
    raise _amount_changed()


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


def _attempt(order: Order) -> Payment | None:
    """Begin the payment, or go on with the one under way; None where it has to be tried again.

    Raises:
        Rejection: the provider refused it, or another payer is paying.
    """
    attempt = _open_attempt(order)
    payment = _refresh(attempt.payment)
    if payment.state == State.FAILED and attempt.is_new:
        raise _refused()
    if payment.state == State.PENDING and not _fits(payment, attempt):
        payment = _expire(payment)
    if payment.state not in (State.PENDING, State.PROCESSING, State.PAID):
        return None
    if not attempt.is_replaced:
        return payment
    if payment.state != State.PAID:
        raise _under_way()
    return None


def _open_attempt(order: Order) -> _Attempt:
    """Commit the payment that the provider will be sent, or find the one under way."""
    with transaction.atomic(durable=True):
        lock_with_penalties(order.charges)
        now = clock.now()
        selected = with_penalties(order, now)
        offers = {
            Cause.of(each.charge): ports.source_of(each.charge).offer(each.charge, now)
            for each in selected
        }
        wanted = wanted_of(order, selected, offers)
        running = checkouts_under_way(*offers).first()
        if running is not None:
            return _renew(running, order, offers, wanted)
        return _Attempt(_create(order, selected, offers, wanted), wanted, is_new=True)


def _create(
    order: Order,
    selected: Sequence[Selected],
    offers: dict[Cause, Offer],
    wanted: dict[Cause, int],
) -> Payment:
    if not wanted:
        raise Rejection("amount", "nothing_due", _("nothing is due"), _("no payment is needed"))
    now, first = clock.now(), order.charges[0]
    collector = collector_for(first.site, ONLINE)
    if collector is None:
        raise _not_configured()
    payment = Payment.objects.create(
        site=first.site,
        provider=ONLINE,
        account=collector.account,
        amount=sum(wanted.values()),
        currency=first.currency,
        email=order.email,
        language=order.language,
        return_url=order.return_url,
        payer_type=order.payer[0] if order.payer else None,
        payer_id=order.payer[1] if order.payer else None,
        created_at=now,
        expires_at=now + CHECKOUT_LIFE,
    )
    for each in selected:
        cause = Cause.of(each.charge)
        if cause in wanted:
            add_item(payment, each.charge, offers[cause], wanted[cause])
    return payment


def _renew(
    payment: Payment, order: Order, offers: dict[Cause, Offer], wanted: dict[Cause, int]
) -> _Attempt:
    """Store the newer offers for the same amounts, so that they are honoured, and the new address.

    Raises:
        Rejection: another payer has begun it for other charges or amounts.
    """
    is_own = payment.public_id == order.begun or is_payer(payment, order.payer)
    items = {Cause.of(item.charge): item for item in payment.items.select_related("charge")}
    is_same = {cause: item.amount for cause, item in items.items()} == wanted
    # The only charge, whose amount is another one since: it makes no difference who pays it.
    is_only = items.keys() == offers.keys() and not order.is_choice
    if not (is_same or is_only or is_own):
        raise _under_way()
    if is_same:
        _honour(items, offers)
    payment.email = (order.email if is_own else "") or payment.email
    payment.save(update_fields=["email"])
    return _Attempt(payment, wanted, is_new=False, is_replaced=not (is_same or is_only))


def _honour(items: dict[Cause, PaymentItem], offers: dict[Cause, Offer]) -> None:
    for cause, item in items.items():
        offer = offers[cause]
        item.offered_at, item.expires_at = offer.at, offer.expires_at
        item.lines, item.basis = offer.lines, offer.basis
        item.save(update_fields=["offered_at", "expires_at", "lines", "basis"])


def is_payer(payment: Payment, payer: Party | None) -> bool:
    """Return whether a payment is that of a known payer."""
    return payer is not None and (payment.payer_type, payment.payer_id) == payer


def _fits(payment: Payment, attempt: _Attempt) -> bool:
    left = payment.expires_at - clock.now() if payment.expires_at else timedelta(0)
    is_same = payment.amount == sum(attempt.wanted.values()) and not attempt.is_replaced
    return is_same and left > _TOO_SHORT


def _provider(payment: Payment) -> PaymentProvider:
    provider = provider_of(payment)
    if provider is None:
        raise _not_configured()
    return provider


def _refresh(payment: Payment) -> Payment:
    """Send the attempt to the provider, again if need be, or look up its checkout."""
    provider = _provider(payment)
    try:
        if payment.provider_ref:
            checkout = provider.look_up(payment.provider_ref)
        elif payment.saved_method is not None:
            checkout = provider.charge_saved(_saved_charge(payment, payment.saved_method))
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
        checkout = _provider(payment).expire(payment.provider_ref)
    except ports.ProviderUnreachableError as error:
        raise _no_answer() from error
    except ports.ProviderRefusedError as error:
        raise _refused() from error
    return _settle(payment, checkout)


def _settle(payment: Payment, checkout: Checkout) -> Payment:
    settle(payment.provider, checkout, payment.account)
    payment.refresh_from_db()
    return payment


def _request(payment: Payment) -> ports.CheckoutRequest:
    items = payment.items.select_related("charge__site").order_by("pk")
    return ports.CheckoutRequest(
        payment=payment.public_id,
        site=payment.site.slug,
        money=Money(payment.amount, payment.currency),
        lines=tuple(_line(item, payment) for item in items),
        language=payment.language,
        return_url=payment.return_url,
        expires_at=payment.expires_at or payment.created_at + CHECKOUT_LIFE,
    )


def _saved_charge(payment: Payment, method: SavedMethod) -> SavedCharge:
    items = payment.items.select_related("charge__site").order_by("pk")
    titles = [_line(item, payment).title for item in items]
    return SavedCharge(
        payment=payment.public_id,
        site=payment.site.slug,
        money=Money(payment.amount, payment.currency),
        customer=method.customer,
        method=method.reference,
        title=", ".join(titles)[:500],
    )


def _line(item: PaymentItem, payment: Payment) -> ports.CheckoutLine:
    charge = item.charge
    title = ports.source_of(charge).title(charge, payment.language)
    return ports.CheckoutLine(title, Money(item.amount, payment.currency))


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


def _not_configured() -> Rejection:
    return Rejection(
        "payment",
        "provider_not_configured",
        _("online payment is not available at this site"),
        _("pay another way, or ask the staff of the site"),
    )


def _no_answer() -> Rejection:
    return Rejection(
        "payment",
        "provider_unavailable",
        _("the payment service did not respond"),
        _("select Pay again: you will not be charged twice"),
    )


def _amount_changed() -> Rejection:
    return Rejection(
        "payment",
        "amount_changed",
        _("the amount changed while the payment was being prepared"),
        _("check the amount and select Pay again"),
    )


def _under_way() -> Rejection:
    return Rejection(
        "payment",
        "under_way",
        _("someone is paying this now"),
        _("wait until that payment has ended, and open the page again"),
    )


def _refused() -> Rejection:
    return Rejection(
        "payment",
        "provider_refused",
        _("the payment service declined this payment"),
        _("pay another way, or ask the staff of the site"),
    )
