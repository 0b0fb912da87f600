"""Refunds: requested, approved, sent to the provider or paid in cash, and booked once.

The payment's row is the lock of its refunds. A refund is posted when its provider has accepted it,
and reversed should it fail afterwards.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from billing import ledger, ports
from billing.ledger import Line
from billing.models import Account, Dispute, LedgerEntry, Payment, Refund
from billing.ports import ProviderRefund, RefundRequest, RefundStatus
from billing.refundable import refundable, refunds_due_of
from billing.services.deadlock_retry import retry_deadlock
from billing.services.matching import match_refunds
from billing.services.recording import HELD_ON, announce, queue_message
from core import audit, clock, validation
from core.errors import Rejection
from core.models import User
from core.money import Money

State = Refund.State
SEND_REFUND = "refund.send"
# For each status, the states of a refund that it moves on; any other has had a later report.
_MOVES: dict[RefundStatus, tuple[State, frozenset[str]]] = {
    RefundStatus.PENDING: (State.PENDING, frozenset({State.APPROVED, State.CREATED})),
    RefundStatus.SUCCEEDED: (
        State.SUCCEEDED,
        frozenset({State.APPROVED, State.CREATED, State.PENDING}),
    ),
    RefundStatus.FAILED: (State.FAILED, frozenset(State) - {State.FAILED, State.CANCELLED}),
    RefundStatus.CANCELLED: (State.CANCELLED, frozenset(State) - {State.FAILED, State.CANCELLED}),
}


@transaction.atomic
def request_refund(payment: Payment, actor: User, *, amount: int, reason: str) -> Refund:
    """Request that money which is due for refund is paid back; the caller checked the permission.

    Raises:
        Rejection: no reason is given, the payment is disputed, or the amount is not above zero or
            exceeds what is due for refund.
    """
    validation.require_reason(reason, _("enter the reason for the refund"))
    payment = _locked(payment.pk)
    _check(payment, amount)
    refund = Refund.objects.create(
        payment=payment,
        amount=amount,
        currency=payment.currency,
        reason=reason,
        requested_by=actor,
        created_at=clock.now(),
    )
    _record(refund, actor, "request refund")
    return refund


@transaction.atomic
def approve_refund(refund: Refund, actor: User) -> Refund:
    """Approve a refund: cash counts as paid back now, else it is sent to the provider.

    Raises:
        Rejection: the refund does not wait for approval, or the payment is disputed.
    """
    refund = _waiting(refund)
    _check_disputes(refund.payment)
    refund.state, refund.approved_by = State.APPROVED, actor
    _record(refund, actor, "approve refund")
    if refund.payment.provider == Payment.Provider.OFFLINE:
        _move(refund, State.SUCCEEDED)
        return refund
    refund.save()
    message = {"refund": refund.public_id}
    queue_message(SEND_REFUND, refund.reference, message, refund.payment)
    announce(refund.payment)
    return refund


@transaction.atomic
def cancel_refund(refund: Refund, actor: User) -> Refund:
    """Cancel a refund that waits for approval.

    Raises:
        Rejection: it does not wait for approval.
    """
    refund = _waiting(refund)
    _record(refund, actor, "cancel refund")
    _move(refund, State.CANCELLED)
    return refund


def send_refund(refund: Refund) -> None:
    """Send an approved refund to its provider; a repeated call makes no second refund.

    Raises:
        ProviderUnreachableError: no answer arrived; call again.
    """
    payment = refund.payment
    sent = Refund.objects.filter(pk=refund.pk, state__in=(State.APPROVED, State.CREATED))
    if not sent.update(state=State.CREATED):
        return
    request = RefundRequest(
        refund=refund.public_id,
        payment=payment.public_id,
        checkout=payment.provider_ref or "",
        money=Money(refund.amount, refund.currency),
    )
    provider = ports.provider(payment.provider)
    if provider is None:
        raise ports.ProviderUnreachableError(f"{payment.provider} is not configured")
    try:
        report = provider.refund(request)
    except ports.ProviderRefusedError as error:
        _refuse(refund, str(error))
        return
    settle_refund(payment.provider, report)


@retry_deadlock
@transaction.atomic
def settle_refund(provider: str, report: ProviderRefund) -> Refund | None:
    """Move a refund to the state that its provider reports, and book it once.

    One that was made at the provider is added as `external`; refunds that wait here and have
    nothing left to pay back are cancelled. A failure that is reported before its refund counts.

    Args:
        provider: the name the provider is registered under.
        report: from a signed event or an answer to our own request.

    Returns:
        The refund; None where it belongs to no payment of ours.
    """
    found = Payment.objects.filter(public_id=report.payment, provider=provider).first()
    if found is None:
        return None
    payment = _locked(found.pk)
    refund = _find(payment, report)
    if refund is None:
        return _add_external(payment, report)
    target, sources = _MOVES[report.status]
    refund.provider_ref = report.reference
    if refund.state in sources:
        refund.failure = report.failure[:300]
        is_external = refund.state == State.EXTERNAL
        _move(refund, State.FAILED if is_external and target == State.CANCELLED else target)
    return refund


def _find(payment: Payment, report: ProviderRefund) -> Refund | None:
    own = payment.refunds.filter(public_id=report.refund) if report.refund else None
    found = (own.first() if own is not None else None) or payment.refunds.filter(
        provider_ref=report.reference
    ).first()
    if found is not None:
        found.payment = payment
    return found


def cancel_superfluous(payment: Payment, due: int) -> None:
    """Cancel refunds that were not sent yet, the newest first, beyond what is due for refund.

    Args:
        payment: its row is locked.
        due: what is due for refund, in minor units.
    """
    waiting = payment.refunds.filter(state__in=(State.REQUESTED, State.APPROVED))
    requested = sum(waiting.values_list("amount", flat=True))
    for refund in waiting.order_by("-pk"):
        if requested <= due:
            return
        requested -= refund.amount
        refund.payment, refund.failure = payment, _("the money was refunded at the provider")
        _record(refund, payment.provider, "cancel refund")
        _move(refund, State.CANCELLED)


def _add_external(payment: Payment, report: ProviderRefund) -> Refund:
    has_failed = report.status in (RefundStatus.FAILED, RefundStatus.CANCELLED)
    if not has_failed:
        cancel_superfluous(payment, max(0, refunds_due_of(payment) - report.money.minor))
    refund = Refund(
        payment=payment,
        provider_ref=report.reference,
        amount=report.money.minor,
        currency=report.money.currency,
        failure=report.failure[:300],
        created_at=clock.now(),
    )
    audit.record(
        payment.site,
        payment.provider,
        "refund at the provider",
        ("payment", payment.public_id),
        amount=refund.amount,
        refund=report.reference,
    )
    _move(refund, State.FAILED if has_failed else State.EXTERNAL)
    return refund


def _move(refund: Refund, state: State) -> None:
    """Store the state, and post the refund or its reversal."""
    refund.state = state
    if state in Refund.VOID:
        refund.save()
        _reverse(refund)
        match_refunds(refund.payment)
    else:
        due = refunds_due_of(refund.payment)
        refund.save()
        _post(refund, due)
    announce(refund.payment)


def _post(refund: Refund, due: int) -> None:
    """Post what is paid back: from what was due for refund; the rest has to be explained."""
    if LedgerEntry.objects.filter(reference=refund.reference).exists():
        return
    payment, currency = refund.payment, refund.currency
    from_due = min(refund.amount, max(0, due))
    party = ("payment", payment.public_id)
    memo = f"refund of payment {payment.public_id}"
    lines = [
        Line(Account.Code.REFUNDS_DUE, Money(from_due, currency), party),
        Line(Account.Code.SUSPENSE, Money(refund.amount - from_due, currency), party),
        Line(HELD_ON[payment.provider], Money(-refund.amount, currency)),
    ]
    ledger.book(payment.site, refund.reference, memo, lines)


def _reverse(refund: Refund) -> None:
    """Post the reversal of a refund that failed after it was posted."""
    entry = LedgerEntry.objects.filter(reference=refund.reference).first()
    if entry is None:
        return
    lines = [
        Line(
            line.account.code,
            Money(-line.amount, line.account.currency),
            (line.party_type, line.party_id) if line.party_type and line.party_id else None,
        )
        for line in entry.lines.select_related("account")
    ]
    reference = f"refund-failed:{refund.public_id}"
    ledger.book(entry.site, reference, f"{refund.reference} failed", lines)


@transaction.atomic
def _refuse(refund: Refund, reason: str) -> None:
    """Store that the provider refused the refund; it can be requested again."""
    refund.payment = _locked(refund.payment_id)
    refund.refresh_from_db(fields=["state"])
    if refund.state == State.CREATED:
        refund.failure = reason[:300]
        _move(refund, State.FAILED)


def _locked(payment_id: int) -> Payment:
    rows = Payment.objects.select_for_update(of=("self",), no_key=True).select_related("site")
    return rows.get(pk=payment_id)


def _waiting(refund: Refund) -> Refund:
    """Lock the refund's payment, and return the refund if it waits for approval."""
    payment = _locked(refund.payment_id)
    refund = Refund.objects.get(pk=refund.pk)
    refund.payment = payment
    if refund.state != State.REQUESTED:
        raise Rejection(
            "refund",
            "not_waiting",
            _("this refund is not waiting for approval"),
            _("check its state"),
        )
    return refund


def _check(payment: Payment, amount: int) -> None:
    _check_disputes(payment)
    due = refundable(payment)
    if not 0 < amount <= due.minor:
        raise Rejection(
            "amount",
            "not_refundable",
            _("at most %(due)s can be refunded") % {"due": due},
            _("enter more than zero and at most this amount"),
        )


def _check_disputes(payment: Payment) -> None:
    if payment.disputes.filter(state=Dispute.State.OPEN).exists():
        raise Rejection(
            "payment",
            "disputed",
            _("the payer disputes this payment at the bank"),
            _("wait until the dispute is decided"),
        )


def _record(refund: Refund, actor: User | str, action: str) -> None:
    audit.record(
        refund.payment.site,
        actor,
        action,
        ("payment", refund.payment.public_id),
        refund=refund.public_id,
        amount=refund.amount,
        currency=refund.currency,
        reason=refund.reason,
    )
