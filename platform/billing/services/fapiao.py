"""Requests for a fapiao: made by payers, handled by staff, who enter the number."""

import re

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from billing import topics
from billing.models import FapiaoRequest, Payment, Refund
from billing.refundable import refunds_due_of
from billing.services.payment_rows import lock_payment_row
from core import audit, clock, live, validation
from core.errors import Rejection
from core.models import User

State = FapiaoRequest.State
# 15 to 20 characters: the unified social credit code has 18, older numbers 15 or 20.
_TAX_NUMBER = re.compile(r"[0-9A-Z]{15,20}")


@transaction.atomic
def request_fapiao(
    payment: Payment, *, title: str, tax_number: str = "", email: str = ""
) -> FapiaoRequest:
    """Request a fapiao of what was paid and not refunded.

    Args:
        payment: a paid one.
        title: the name of a person or company.
        tax_number: of a company; empty for a person.
        email: where it is sent.

    Raises:
        Rejection: the title is missing, the tax number has another form, nothing is left of the
            payment, or one is requested or issued already.
    """
    title, tax_number = title.strip(), "".join(tax_number.split()).upper()
    _check(title, tax_number)
    payment = lock_payment_row(payment.pk)
    amount = _left_of(payment)
    live.announce(topics.FAPIAO, payment.site_id)
    try:
        with transaction.atomic():
            return FapiaoRequest.objects.create(
                payment=payment,
                title=title,
                tax_number=tax_number,
                email=email,
                amount=amount,
                currency=payment.currency,
                requested_at=clock.now(),
            )
    except IntegrityError:
        raise Rejection(
            "payment",
            "requested",
            _("a fapiao of this payment was requested already"),
            _("wait until it is issued"),
        ) from None


@transaction.atomic
def issue_fapiao(request: FapiaoRequest, actor: User, number: str) -> FapiaoRequest:
    """Record the number of the fapiao that staff issued in the tax system.

    Raises:
        Rejection: the number is missing, or the request does not wait for one.
    """
    request = _locked(request, State.REQUESTED)
    request.number = _number(number)
    return _handled(request, actor, State.ISSUED)


@transaction.atomic
def reject_fapiao(request: FapiaoRequest, actor: User, reason: str) -> FapiaoRequest:
    """Reject a request, with the reason that its payer reads.

    Raises:
        Rejection: there is no reason, or the request does not wait.
    """
    validation.require_reason(reason)
    request = _locked(request, State.REQUESTED)
    request.reason = reason
    return _handled(request, actor, State.REJECTED)


@transaction.atomic
def record_red_fapiao(request: FapiaoRequest, actor: User, number: str) -> FapiaoRequest:
    """Record the number of the red-letter fapiao that reverses an issued one.

    Raises:
        Rejection: the number is missing, or none is needed.
    """
    request = _locked(request, State.RED_REQUESTED)
    request.red_number = _number(number)
    return _handled(request, actor, State.RED_ISSUED)


def require_red_fapiao(payment: Payment) -> None:
    """Mark an issued fapiao of a payment that was refunded; cancel a request that waits."""
    requests = FapiaoRequest.objects.filter(payment=payment)
    requests.filter(state=State.ISSUED).update(state=State.RED_REQUESTED)
    reason = _("the payment was refunded")
    requests.filter(state=State.REQUESTED).update(state=State.REJECTED, reason=reason)
    live.announce(topics.FAPIAO, payment.site_id)


def _left_of(payment: Payment) -> int:
    """Return what is left of a paid payment after its refunds.

    Raises:
        Rejection: nothing is left.
    """
    # What was not posted yet is due for refund still.
    refunded = payment.refunds.exclude(state__in=(*Refund.VOID, *Refund.NOT_POSTED))
    amount = payment.amount - refunds_due_of(payment) - sum(each.amount for each in refunded)
    if payment.state != Payment.State.PAID or amount <= 0:
        raise Rejection(
            "payment", "nothing_paid", _("nothing is left of this payment"), _("check its refunds")
        )
    return amount


def _check(title: str, tax_number: str) -> None:
    if not title:
        raise Rejection(
            "title", "missing", _("the title is missing"), _("enter a name of a person or company")
        )
    if tax_number and not _TAX_NUMBER.fullmatch(tax_number):
        raise Rejection(
            "tax_number",
            "invalid",
            _("this is not a tax number"),
            _("enter 15 to 20 digits and capital letters"),
        )


def _number(text: str) -> str:
    number = "".join(text.split())
    if not number:
        raise Rejection(
            "number", "missing", _("the number is missing"), _("enter the number of the fapiao")
        )
    return number


def _locked(request: FapiaoRequest, state: State) -> FapiaoRequest:
    rows = FapiaoRequest.objects.select_for_update(of=("self",)).select_related("payment__site")
    request = rows.get(pk=request.pk)
    if request.state != state:
        raise Rejection(
            "request",
            "not_waiting",
            _("this request was handled already"),
            _("check its state"),
        )
    return request


def _handled(request: FapiaoRequest, actor: User, state: State) -> FapiaoRequest:
    request.state, request.handled_at, request.handled_by = state, clock.now(), actor
    request.save()
    payment = request.payment
    audit.record(
        payment.site,
        actor,
        f"fapiao {state}",
        ("payment", payment.public_id),
        number=request.number,
        red_number=request.red_number,
        reason=request.reason,
    )
    live.announce(topics.FAPIAO, payment.site_id)
    return request
