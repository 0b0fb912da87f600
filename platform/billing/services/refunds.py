"""Refunds: requested, approved, sent to the provider or paid in cash, and booked once.

The payment's row is the lock of its refunds. A refund is posted when its provider has accepted it,
and reversed should it fail afterwards.
"""

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from billing import ledger, ports
from billing.ledger import Line, Party
from billing.methods import account_of_refund, is_refunded_by_hand
from billing.models import Account, Dispute, LedgerEntry, Payment, ProviderAccount, Refund
from billing.permissions import BillingPermission
from billing.ports import ProviderRefund, RefundRequest, RefundStatus
from billing.provider_accounts import payments_at, provider_of
from billing.refundable import refundable, refunds_due_of
from billing.services.deadlock_retry import retry_deadlock
from billing.services.drawers import lock_open_drawer, require_cash
from billing.services.fapiao import require_red_fapiao
from billing.services.matching import match_refunds
from billing.services.payment_rows import lock_payment_row
from billing.services.recording import announce, queue_message
from billing.services.releasing import make_refundable
from billing.services.second_person import (
    TOGETHER,
    exceeds_refund_limit,
    notify_approvers,
    require_second_person,
)
from core import audit, clock, outbox, validation
from core.errors import Rejection
from core.models import User
from core.money import Money

State = Refund.State
SEND_REFUND = outbox.declare("refund.send")
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
    payment = lock_payment_row(payment.pk)
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
    _notify_approvers(refund, actor)
    return refund


def _notify_approvers(refund: Refund, actor: User) -> None:
    site = refund.payment.site
    if needs_second_person(refund):
        notify_approvers(
            site,
            actor,
            BillingPermission.REFUND,
            what="refund",
            money=Money(refund.amount, refund.currency),
            reason=refund.reason,
            path=reverse("console:finance_payment", args=[site.slug, refund.payment_id]),
        )


@transaction.atomic
def approve_refund(refund: Refund, actor: User) -> Refund:
    """Approve a refund: money taken offline counts as paid back now, else its provider is asked.

    Cash comes from the open drawer of who approves, else of who requested it, if they have one.

    Raises:
        Rejection: the refund does not wait for approval, the payment is disputed, the actor
            requested a refund above the site's limit, or the drawer holds too little cash.
    """
    refund = _waiting(refund)
    _check_disputes(refund.payment)
    if needs_second_person(refund):
        require_second_person("refund", refund.requested_by_id, actor)
    refund.state, refund.approved_by = State.APPROVED, actor
    _record(refund, actor, "approve refund")
    if is_refunded_by_hand(refund.payment):
        _move(refund, State.SUCCEEDED, _payer_out(refund, actor))
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
    provider = provider_of(payment)
    if provider is None:
        raise ports.ProviderUnreachableError(f"{payment.provider} is not configured")
    try:
        report = provider.refund(request)
    except ports.ProviderRefusedError as error:
        _refuse(refund, str(error))
        return
    settle_refund(payment.provider, report, payment.account)


@retry_deadlock
@transaction.atomic
def settle_refund(
    provider: str, report: ProviderRefund, account: ProviderAccount | None = None
) -> Refund | None:
    """Move a refund to the state that its provider reports, and book it once.

    One that was made at the provider is added as `external`; refunds that wait here and have
    nothing left to pay back are cancelled. A failure that is reported before its refund counts.

    Args:
        provider: the name the provider is registered under.
        report: from a signed event or an answer to our own request.
        account: that reported it; it is believed about its own payments only.

    Returns:
        The refund; None where it belongs to no payment of ours.
    """
    found = payments_at(provider, account).filter(public_id=report.payment).first()
    if found is None:
        return None
    payment = lock_payment_row(found.pk)
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
        make_refundable(payment, report.money.minor - refunds_due_of(payment))
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


def _move(refund: Refund, state: State, holder: Party | None = None) -> None:
    """Store the state, and post the refund or its reversal.

    Args:
        holder: whose cash it is paid from, such as a drawer.
    """
    refund.state = state
    if state in Refund.VOID:
        refund.save()
        _reverse(refund)
        match_refunds(refund.payment)
    else:
        due = refunds_due_of(refund.payment)
        refund.save()
        _post(refund, due, holder)
        if state in (State.SUCCEEDED, State.EXTERNAL):
            require_red_fapiao(refund.payment)
    announce(refund.payment)


def _post(refund: Refund, due: int, holder: Party | None) -> None:
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
        Line(account_of_refund(payment), Money(-refund.amount, currency), holder),
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
    refund.payment = lock_payment_row(refund.payment_id)
    refund.refresh_from_db(fields=["state"])
    if refund.state == State.CREATED:
        refund.failure = reason[:300]
        _move(refund, State.FAILED)


def _waiting(refund: Refund) -> Refund:
    """Lock the refund's payment, and return the refund if it waits for approval."""
    payment = lock_payment_row(refund.payment_id)
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


def _payer_out(refund: Refund, actor: User) -> Party | None:
    """Lock the drawer that a refund in cash is paid from; None for other refunds, or without one.

    Raises:
        Rejection: the drawer holds less than the refund.
    """
    if account_of_refund(refund.payment) != Account.Code.CASH:
        return None
    for person in (actor, refund.requested_by):
        if person is None:
            continue
        drawer = lock_open_drawer(refund.payment.site_id, person, refund.currency)
        if drawer is not None:
            require_cash(drawer, refund.amount)
            return drawer.party
    return None


def needs_second_person(refund: Refund) -> bool:
    """Return whether what is paid back together exceeds the site's limit.

    These are all refunds of the payment and, of a known payer, those that were requested within a
    day: credit that several payments brought is paid back by a refund of each.
    """
    payment, payer = refund.payment, refund.payment.payer
    counted = Q(payment=payment)
    if payer is not None:
        days = (refund.created_at - TOGETHER, refund.created_at + TOGETHER)
        own = Q(payment__payer_type=payer[0], payment__payer_id=payer[1])
        counted |= own & Q(payment__site=payment.site_id, created_at__range=days)
    rows = Refund.objects.filter(counted, currency=refund.currency).exclude(state__in=Refund.VOID)
    total = Money(sum(rows.values_list("amount", flat=True)), refund.currency)
    return exceeds_refund_limit(payment.site, total)


def _check(payment: Payment, amount: int) -> None:
    _check_disputes(payment)
    due = refundable(payment)
    if not due and payment.refunds.exclude(state__in=Refund.VOID).exists():
        raise Rejection(
            "payment",
            "refunded_already",
            _("this money was refunded already"),
            _("check the refunds of the payment"),
        )
    if not 0 < amount <= due.minor:
        raise Rejection(
            "amount",
            "not_refundable",
            _("at most %(due)s can be refunded") % {"due": due.written()},
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
