"""What a provider reports of a checkout, applied to its payment exactly once.

Events arrive late, twice and out of order. A payment's row is locked while one is applied, and a
state only moves forward: paid is final, and a payment that ended unpaid may still become paid.
"""

import logging

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from billing import ledger, topics
from billing.accruals import post_accrued
from billing.methods import HELD_ON
from billing.models import Account, Charge, Payment, PaymentItem, ProviderAccount
from billing.ports import Checkout, CheckoutStatus, ProviderDispute, ProviderRefund, Report
from billing.provider_accounts import payments_at
from billing.provider_messages import Setup
from billing.services.autopay_consents import end_method, finish_setup
from billing.services.charging import Cause, lock_causes
from billing.services.deadlock_retry import retry_deadlock
from billing.services.disputes import settle_dispute
from billing.services.recording import announce, record_payment
from billing.services.refunds import settle_refund
from core import clock, live
from core.models import Site
from core.money import Money

logger = logging.getLogger(__name__)
State = Payment.State
_REMEMBER = """
INSERT INTO billing_providerevent (provider, account_id, event_id, type, received_at)
VALUES (%s, %s, %s, %s, %s)
ON CONFLICT DO NOTHING
"""
# For each status, the state it moves a payment to and the states it may come from. A payment in
# any other state has received a later report already.
_MOVES: dict[CheckoutStatus, tuple[State, frozenset[str]]] = {
    CheckoutStatus.OPEN: (State.PENDING, frozenset({State.CREATED})),
    CheckoutStatus.PROCESSING: (State.PROCESSING, frozenset({State.CREATED, State.PENDING})),
    CheckoutStatus.EXPIRED: (State.EXPIRED, frozenset({State.CREATED, State.PENDING})),
    CheckoutStatus.FAILED: (
        State.FAILED,
        frozenset({State.CREATED, State.PENDING, State.PROCESSING}),
    ),
}


@retry_deadlock
@transaction.atomic
def process_event(
    provider: str,
    event_id: str,
    kind: str,
    report: Report | None,
    account: ProviderAccount | None = None,
) -> bool:
    """Process a provider's event once, and settle what it reports.

    Args:
        provider: the name the provider is registered under.
        event_id: the provider's id of the event.
        kind: the provider's name for what happened.
        report: the checkout, refund or dispute it reports; None where it concerns none.
        account: whose secret signed it; None for that of the environment.

    Returns:
        False when the event was processed before, and had no effect now.
    """
    is_new = _remember(provider, account, event_id, kind)
    if not is_new or report is None:
        return is_new
    if isinstance(report, Checkout):
        settle(provider, report, account)
    elif isinstance(report, ProviderRefund):
        settle_refund(provider, report, account)
    elif isinstance(report, ProviderDispute):
        settle_dispute(provider, report, account)
    elif isinstance(report, Setup):
        finish_setup(provider, report, account)
    else:
        end_method(provider, report.reference, account)
    return is_new


@retry_deadlock
@transaction.atomic(savepoint=False)
def settle(
    provider: str, checkout: Checkout, account: ProviderAccount | None = None
) -> Payment | None:
    """Move the payment of a checkout to the state that its provider reports.

    Money that was collected is posted in any case: to its charges as far as it was due, as a refund
    due beyond that, and to the suspense account where the amount is not the one asked for or the
    payment is unknown here.

    Args:
        provider: the name the provider is registered under.
        checkout: the provider's report, from a signed event or an answer to our own request; never
            from a browser.
        account: that reported it; it is believed about its own payments only.

    Returns:
        The payment; None when the checkout belongs to no payment of ours.
    """
    payment = _locked(provider, checkout, account)
    if payment is None or payment.provider_ref not in (None, checkout.reference):
        _book_stray(provider, checkout, payment, account)
        return None
    if payment.paid_at is not None:
        return payment
    if checkout.status == CheckoutStatus.PAID:
        return _paid(payment, checkout)
    return _moved(payment, checkout)


def _remember(provider: str, account: ProviderAccount | None, event_id: str, kind: str) -> bool:
    """Store the event; False where it is stored already, by a concurrent delivery perhaps."""
    owner = account.pk if account else None
    with connection.cursor() as cursor:
        cursor.execute(_REMEMBER, [provider, owner, event_id, kind, clock.now()])
        return bool(cursor.rowcount)


def _locked(provider: str, checkout: Checkout, account: ProviderAccount | None) -> Payment | None:
    """Find the payment of a checkout; lock the causes of its charges, then its row."""
    # An event may arrive before the answer that contains the reference: our own id matches then.
    ours = Q(provider_ref=checkout.reference) | Q(public_id=checkout.payment)
    found = payments_at(provider, account).filter(ours)
    payment = found.first()
    if payment is None:
        return None
    lock_causes(Cause.of(item.charge) for item in _items_of(payment))
    return found.select_for_update(of=("self",)).select_related("site").first()


def _items_of(payment: Payment) -> QuerySet[PaymentItem]:
    return payment.items.select_related("charge__site")


def _moved(payment: Payment, checkout: Checkout) -> Payment:
    target, sources = _MOVES[checkout.status]
    if payment.state not in sources:
        return payment
    payment.state = target
    payment.provider_ref = checkout.reference
    payment.checkout_url = checkout.url
    if target == State.FAILED:
        payment.failure = _("the bank or wallet declined the payment")
        payment.failure_code = checkout.failure_code[:60]
    payment.save(update_fields=["state", "provider_ref", "checkout_url", "failure", "failure_code"])
    announce(payment)
    return payment


def _paid(payment: Payment, checkout: Checkout) -> Payment:
    payment.provider_ref = checkout.reference
    payment.checkout_url = ""
    asked = Money(payment.amount, payment.currency)
    if checkout.money != asked:
        return _refuse(payment, checkout, asked)
    paid_at = checkout.paid_at or clock.now()
    post_accrued((item.charge for item in _items_of(payment)), paid_at)
    return record_payment(payment, paid_at)


def _refuse(payment: Payment, checkout: Checkout, asked: Money) -> Payment:
    """Post an unexpected amount to the suspense account; a person has to resolve it."""
    payment.state = State.FAILED
    payment.paid_at = checkout.paid_at or clock.now()
    payment.failure = _(
        "%(taken)s was received instead of %(asked)s: refund it or record the reason"
    ) % {
        "taken": checkout.money.written(),
        "asked": asked.written(),
    }
    payment.save(update_fields=["state", "provider_ref", "checkout_url", "paid_at", "failure"])
    provider, charge = payment.provider, _charge_of(payment)
    _book_suspense(payment.site, payment.reference, payment.failure, provider, checkout, charge)
    announce(payment)
    return payment


def _book_stray(
    provider: str, checkout: Checkout, payment: Payment | None, account: ProviderAccount | None
) -> None:
    """Post money collected by a checkout without a payment here to the suspense account.

    The checkout carries our site's slug, so we began it: the database was restored from an older
    backup since, or the provider made a second checkout of one attempt.
    """
    site = payment.site if payment else _sites_of(account).filter(slug=checkout.site).first()
    if site is None or checkout.status != CheckoutStatus.PAID:
        logger.info("%s reports %s, which no site here began", provider, checkout.reference)
        return
    logger.error(
        "%s collected %s by %s, which belongs to no payment here",
        provider,
        checkout.money,
        checkout.reference,
    )
    problem = "has another checkout" if payment else "is not known"
    memo = f"{provider} {checkout.reference}, payment {checkout.payment or '?'} {problem}"
    reference = f"{provider}:{checkout.reference}"[:80]
    _book_suspense(site, reference, memo, provider, checkout, _charge_of(payment))
    live.announce(topics.PAYMENT, site.pk)


def _sites_of(account: ProviderAccount | None) -> QuerySet[Site]:
    """Return the sites that an account may have collected for."""
    is_own = account is not None and account.organisation_id is not None
    sites = Site.objects.all()
    return sites.filter(organisation=account.organisation_id) if account and is_own else sites


def _charge_of(payment: Payment | None) -> Charge | None:
    """Return the charge that a payment was begun for, the first of several."""
    if payment is None:
        return None
    return Charge.objects.filter(payment_items__payment=payment).order_by("pk").first()


def _book_suspense(
    site: Site,
    reference: str,
    memo: str,
    provider: str,
    checkout: Checkout,
    charge: Charge | None,
) -> None:
    if not checkout.money:
        return
    ledger.book(
        site,
        reference,
        memo,
        [
            ledger.Line(HELD_ON[provider], checkout.money),
            ledger.Line(Account.Code.SUSPENSE, -checkout.money, charge=charge),
        ],
        at=checkout.paid_at,
    )
