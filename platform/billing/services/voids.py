"""Voids: a mistyped payment of the desk is withdrawn in the shift that took it.

The receipt keeps its number and is marked void, the allocations are released, and the ledger gets a
reversal. Cash is voided while its drawer is open, a card slip, a transfer or a cheque on the day on
which it was recorded, while no line of a bank statement is matched with it. Later, money goes back
by a refund.
"""

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from billing import ledger
from billing.drawers import drawer_of
from billing.ledger import Line, Party
from billing.methods import account_of_payment, is_cash
from billing.models import Account, BankLine, Charge, Drawer, Payment, PaymentVoid
from billing.permissions import BillingPermission
from billing.postings import party_of
from billing.refundable import credit_of
from billing.services.allocation import CauseAccount
from billing.services.charging import Cause, account_of, lock_causes
from billing.services.deadlock_retry import retry_deadlock
from billing.services.drawers import lock_drawer, require_cash
from billing.services.fapiao import require_red_fapiao
from billing.services.payment_rows import lock_payment_row
from billing.services.recording import announce
from billing.services.releasing import allocate_credit
from billing.services.second_person import (
    exceeds_waiver_limit,
    notify_approvers,
    require_second_person,
)
from core import audit, clock, validation
from core.errors import Rejection
from core.models import User
from core.money import Money

State = PaymentVoid.State
Code = Account.Code


@retry_deadlock
@transaction.atomic
def void_payment(payment: Payment, actor: User, *, reason: str) -> PaymentVoid:
    """Void a payment of the desk in its shift, or request it where it exceeds the site's limit.

    Args:
        payment: whoever took it; the caller has checked the permission.
        actor: who voids it.
        reason: why; stored with the void.

    Raises:
        Rejection: no reason is given, the payment was not taken at the desk, it has a void or a
            refund already, its drawer was handed over or holds too little cash, or it was recorded
            on an earlier day or has arrived at the bank.
    """
    validation.require_reason(reason)
    payment, drawer = _locked(payment)
    _require_voidable(payment)
    _require_same_shift(payment, drawer)
    if payment.voids.exclude(state=State.CANCELLED).exists():
        raise Rejection(
            "payment",
            "void_requested",
            _("a void of this payment was requested already"),
            _("ask a colleague to approve it"),
        )
    now = clock.now()
    void = PaymentVoid(payment=payment, reason=reason, requested_by=actor, requested_at=now)
    if exceeds_waiver_limit(payment.site, Money(payment.amount, payment.currency)):
        void.save()
        _record(void, actor, "request void")
        announce(payment)
        notify_approvers(
            payment.site,
            actor,
            BillingPermission.TAKE_PAYMENT,
            what="void",
            money=Money(payment.amount, payment.currency),
            reason=reason,
            path=reverse("console:cashier", args=[payment.site.slug]),
        )
    else:
        _perform(void, actor, drawer)
    return void


@retry_deadlock
@transaction.atomic
def approve_void(void: PaymentVoid, actor: User) -> PaymentVoid:
    """Void the payment as a second person.

    Raises:
        Rejection: the actor requested it, it does not wait for approval, or as of `void_payment`.
    """
    payment, drawer = _locked(void.payment)
    void = _waiting(void, payment)
    require_second_person("void", void.requested_by_id, actor)
    _require_voidable(payment)
    void.approved_by = actor
    _perform(void, actor, drawer)
    return void


@transaction.atomic
def cancel_void(void: PaymentVoid, actor: User) -> PaymentVoid:
    """Cancel a void that waits for approval.

    Raises:
        Rejection: it does not wait for approval.
    """
    payment = lock_payment_row(void.payment_id)
    void = _waiting(void, payment)
    void.state, void.ended_at = State.CANCELLED, clock.now()
    void.save()
    _record(void, actor, "cancel void")
    announce(payment)
    return void


def _perform(void: PaymentVoid, actor: User, drawer: Drawer | None) -> None:
    """Release the money, post the reversal, and mark the payment and its receipt as void."""
    payment = void.payment
    if drawer is not None:
        require_cash(drawer, payment.amount)
    void.state, void.ended_at = State.DONE, clock.now()
    void.save()
    holder = drawer.party if drawer is not None else None
    reverse_payment(payment, account_of_payment(payment), holder)
    _record(void, actor, "void payment")


def reverse_payment(
    payment: Payment, account: str, holder: Party | None, *, kind: str = "void"
) -> None:
    """Release a payment's money, post the reversal of its receipt, and mark it as void.

    Args:
        payment: its causes and its row are locked, and it has no refund.
        account: where its money goes back to.
        holder: the party of that account.
        kind: of the ledger entry, before the payment's id in its reference.
    """
    lines = _released(payment)
    lines.append(Line(account, Money(-payment.amount, payment.currency), holder))
    memo = f"payment {payment.public_id} voided"
    received_at = payment.paid_at or payment.created_at
    received_on = clock.local(received_at, payment.site.timezone).date()
    reference = f"{kind}:{payment.public_id}"
    ledger.book(payment.site, reference, memo, lines, concerns=received_on)
    payment.state = Payment.State.VOID
    payment.save(update_fields=["state"])
    require_red_fapiao(payment)
    announce(payment)


def lock_payment(payment: Payment) -> Payment:
    """Lock a payment's causes and its row, until commit."""
    lock_causes(_causes(payment))
    return lock_payment_row(payment.pk)


def require_no_refund(payment: Payment) -> None:
    """Validate that nothing of the payment was paid back, or is about to be.

    Raises:
        Rejection: it has a refund.
    """
    if payment.refunds.exclude(state__in=("failed", "cancelled")).exists():
        raise Rejection(
            "payment",
            "refunded",
            _("a refund of this payment exists"),
            _("cancel the refund first, or refund the rest"),
        )


def _released(payment: Payment) -> list[Line]:
    """Take the payment's money off its charges and credit; return the ledger lines of that."""
    now = clock.now()
    lines = []
    for cause in _causes(payment):
        lines += _withdraw(account_of(cause, now), payment)
    if credit := credit_of(payment):
        allocate_credit(payment, -credit, now)
        lines.append(Line(Code.CREDIT, Money(credit, payment.currency), payment.payer))
    rest = payment.amount - sum(line.money.minor for line in lines)
    party = ("payment", payment.public_id)
    lines.append(Line(Code.REFUNDS_DUE, Money(rest, payment.currency), party))
    return lines


def _withdraw(account: CauseAccount, payment: Payment) -> list[Line]:
    """Withdraw the payment from a cause: what was held is credit, the rest is owed again."""
    latest = account.charges[-1]
    is_draft = latest.state == Charge.State.DRAFT
    before = account.paid_for(latest) if is_draft else 0
    taken = account.withdraw(payment)
    held = before - account.paid_for(latest) if is_draft else 0
    _reopen(account)
    party = party_of(latest)
    return [
        Line(Code.CREDIT, Money(held, payment.currency), party, latest),
        Line(Code.RECEIVABLE, Money(taken - held, payment.currency), party, latest),
    ]


def _reopen(account: CauseAccount) -> None:
    """Mark the settled charges of a cause that lacks money as open."""
    settled = [each.pk for each in account.charges if each.state == Charge.State.SETTLED]
    held = sum(
        account.paid_for(each) for each in account.charges if each.state == Charge.State.DRAFT
    )
    if settled and account.paid - held < account.total:
        Charge.objects.filter(pk__in=settled).update(state=Charge.State.OPEN)


def _causes(payment: Payment) -> list[Cause]:
    items = payment.items.select_related("charge").order_by("pk")
    return list(dict.fromkeys(Cause.of(item.charge) for item in items))


def _locked(payment: Payment) -> tuple[Payment, Drawer | None]:
    """Lock the payment's causes, its row and the drawer of its cash; other methods have none."""
    payment = lock_payment(payment)
    if not is_cash(payment):
        return payment, None
    drawer = drawer_of(payment)
    if drawer is None:
        raise _not_voidable()
    return payment, lock_drawer(drawer.pk)


def _waiting(void: PaymentVoid, payment: Payment) -> PaymentVoid:
    void = PaymentVoid.objects.get(pk=void.pk)
    void.payment = payment
    if void.state != State.REQUESTED:
        raise Rejection(
            "void",
            "not_waiting",
            _("this void is not waiting for approval"),
            _("check its state"),
        )
    return void


def _require_voidable(payment: Payment) -> None:
    require_no_refund(payment)
    is_taken = payment.provider == Payment.Provider.OFFLINE
    if not is_taken or payment.state != Payment.State.PAID:
        raise _not_voidable()
    if not is_cash(payment) and BankLine.objects.filter(payment=payment).exists():
        raise Rejection(
            "payment",
            "at_the_bank",
            _("a line of a bank statement is matched with this payment"),
            _("undo that match first"),
        )


def _require_same_shift(payment: Payment, drawer: Drawer | None) -> None:
    """Reject a payment without a drawer that was recorded on an earlier day."""
    timezone, paid_at = payment.site.timezone, payment.paid_at or payment.created_at
    today = clock.local(clock.now(), timezone).date()
    if drawer is None and clock.local(paid_at, timezone).date() != today:
        raise Rejection(
            "payment",
            "not_voidable",
            _("this payment was recorded on an earlier day"),
            _("refund the payment"),
        )


def _not_voidable() -> Rejection:
    return Rejection(
        "payment",
        "not_voidable",
        _("only cash in an open drawer and other payments of the desk can be voided"),
        _("refund the payment"),
    )


def _record(void: PaymentVoid, actor: User, action: str) -> None:
    payment = void.payment
    audit.record(
        payment.site,
        actor,
        action,
        ("payment", payment.public_id),
        amount=payment.amount,
        currency=payment.currency,
        reason=void.reason,
        receipt=payment.receipt_no,
    )
