"""Write off what a payer owes: the charge is settled by an expense instead of money.

Income and VAT stay as they were charged. A write-off above the site's limit is requested by one
person and approved by another.
"""

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from billing import ledger, ports, topics
from billing.models import Account, Bill, Charge, WriteOff, WriteOffLine
from billing.outstanding import owed_of_bill
from billing.permissions import BillingPermission
from billing.postings import payer_of
from billing.services.allocation import CauseAccount
from billing.services.charging import Cause, account_of, adjust_charge, lock_causes
from billing.services.deadlock_retry import retry_deadlock
from billing.services.second_person import (
    TOGETHER,
    exceeds_waiver_limit,
    notify_approvers,
    require_second_person,
)
from billing.vat import Vat
from core import audit, clock, live, validation
from core.errors import Rejection
from core.models import Site, User
from core.money import Money

State = WriteOff.State


@retry_deadlock
@transaction.atomic
def write_off(site: Site, charges: Sequence[Charge], actor: User, *, reason: str) -> WriteOff:
    """Write off what is left to pay of charges, or request it above the limit of the site.

    Write-offs of one payer within a day count together.

    Args:
        site: whose charges; `BillingSettings.waiver_limit` is what one person may write off.
        charges: open charges of one payer.
        actor: who asks for it; the caller has checked the permission.
        reason: why the money is not expected any more.

    Raises:
        Rejection: no reason is given, or a charge is not one that can be written off: it has
            another payer or none, nothing is left to pay, or it is a deposit's.
    """
    validation.require_reason(reason, _("enter why it won't be paid"))
    lock_causes(Cause.of(each) for each in charges)
    owed = [(each, _left_of(each)) for each in charges]
    payer = _payer_of(charges)
    request = WriteOff.objects.create(
        site=site,
        payer_type=payer[0],
        payer_id=payer[1],
        amount=sum(minor for _charge, minor in owed),
        currency=site.currency,
        reason=reason,
        requested_at=clock.now(),
        requested_by=actor,
    )
    WriteOffLine.objects.bulk_create(
        WriteOffLine(write_off=request, charge=charge, amount=minor) for charge, minor in owed
    )
    _record(request, actor, "request write-off")
    if not exceeds_waiver_limit(site, _written_off_with(request)):
        _post(request, actor)
    else:
        notify_approvers(
            site,
            actor,
            BillingPermission.WRITE_OFF,
            what="write_off",
            money=Money(request.amount, request.currency),
            reason=reason,
            path=reverse("console:write_offs", args=[site.slug]) + "?state=requested",
        )
    return request


def write_off_bill(bill: Bill, actor: User, *, reason: str) -> WriteOff:
    """Write off what is left to pay of a bill, as `write_off` does.

    Raises:
        Rejection: no reason is given, nothing is left to pay, or a charge is a deposit's.
    """
    charges = [each.charge for each in owed_of_bill(bill)]
    if not charges:
        raise _nothing_left()
    return write_off(bill.site, charges, actor, reason=reason)


@retry_deadlock
@transaction.atomic
def approve_write_off(request: WriteOff, actor: User) -> WriteOff:
    """Post a write-off that waits for a second person.

    Raises:
        Rejection: it does not wait, the actor has requested it, or what is owed has changed.
    """
    lock_causes(Cause.of(line.charge) for line in request.lines.select_related("charge"))
    request = _locked(request, State.REQUESTED)
    require_second_person("write_off", request.requested_by_id, actor)
    return _post(request, actor)


@transaction.atomic
def cancel_write_off(request: WriteOff, actor: User) -> WriteOff:
    """Cancel a write-off that waits for a second person.

    Raises:
        Rejection: it does not wait.
    """
    request = _locked(request, State.REQUESTED)
    return _decide(request, actor, State.CANCELLED, "cancel write-off")


@retry_deadlock
@transaction.atomic
def reverse_write_off(request: WriteOff, actor: User, *, reason: str) -> WriteOff:
    """Ask for the money of a write-off again: its charges are open as before.

    Raises:
        Rejection: no reason is given, or it is not written off.
    """
    validation.require_reason(reason)
    lines = list(request.lines.select_related("charge__site"))
    lock_causes(Cause.of(line.charge) for line in lines)
    request = _locked(request, State.DONE)
    for line in lines:
        _change(line, line.amount)
    return _decide(request, actor, State.REVERSED, "reverse write-off", reason)


def written_off_of(account: CauseAccount) -> int:
    """Return how much of a cause is written off, in minor units."""
    charges = [each.pk for each in account.charges]
    rows = WriteOffLine.objects.filter(revision__in=charges, write_off__state=State.DONE)
    return sum(rows.values_list("amount", flat=True))


def _written_off_with(request: WriteOff) -> Money:
    """Return what is written off of the payer within a day, the request included."""
    rows = WriteOff.objects.filter(
        Q(state=State.DONE) | Q(pk=request.pk),
        site=request.site,
        payer_type=request.payer_type,
        payer_id=request.payer_id,
        currency=request.currency,
        requested_at__gte=request.requested_at - TOGETHER,
    )
    return Money(sum(rows.values_list("amount", flat=True)), request.currency)


def _left_of(charge: Charge) -> int:
    """Return what is left to pay of the charge's cause, which has to be one to write off."""
    account = account_of(Cause.of(charge), clock.now())
    left = account.total - account.paid
    if left <= 0 or account.charges[-1].state == Charge.State.DRAFT:
        raise _nothing_left()
    if ledger.has_parties(ports.source_of(charge).income_account):
        raise Rejection(
            "charges",
            "deposit",
            _("a deposit is not written off"),
            _("settle the deposit: what was not paid of it is owed no longer"),
        )
    return left


def _payer_of(charges: Iterable[Charge]) -> ledger.Party:
    payers = {payer_of(each) for each in charges}
    payer = payers.pop() if len(payers) == 1 else None
    if payer is None:
        raise Rejection(
            "charges",
            "payer",
            _("these are not charges of one known payer"),
            _("choose charges of one payer"),
        )
    return payer


def _nothing_left() -> Rejection:
    return Rejection(
        "charges", "nothing_left", _("nothing is left to pay"), _("check the payments")
    )


def _post(request: WriteOff, actor: User) -> WriteOff:
    for line in request.lines.select_related("charge__site").order_by("pk"):
        if _left_of(line.charge) != line.amount:
            raise Rejection(
                "write_off",
                "changed",
                _("what is owed has changed since it was requested"),
                _("cancel this request and make a new one"),
            )
        line.revision = _change(line, -line.amount)
        line.save(update_fields=["revision"])
    return _decide(request, actor, State.DONE, "write off")


def _change(line: WriteOffLine, minor: int) -> Charge:
    """Change what a cause costs, posted to the expense of write-offs; its VAT stays."""
    charge, cause = line.charge, Cause.of(line.charge)
    account = account_of(cause, clock.now())
    return adjust_charge(
        charge.site,
        cause,
        charge.currency,
        account.total + minor,
        lines=[{"kind": "write_off", "amount": minor}],
        vat=Vat(charge.vat_rate, account.vat),
        posted_to=Account.Code.WRITE_OFF,
    )


def _locked(request: WriteOff, state: State) -> WriteOff:
    rows = WriteOff.objects.select_for_update(of=("self",), no_key=True).select_related("site")
    request = rows.get(pk=request.pk)
    if request.state != state:
        raise Rejection(
            "write_off",
            "decided",
            _("this write-off was decided already"),
            _("check its state"),
        )
    return request


def _decide(
    request: WriteOff, actor: User, state: State, action: str, reason: str = ""
) -> WriteOff:
    request.state, request.decided_at, request.decided_by = state, clock.now(), actor
    request.save(update_fields=["state", "decided_at", "decided_by"])
    _record(request, actor, action, reason)
    return request


def _record(request: WriteOff, actor: User, action: str, reason: str = "") -> None:
    audit.record(
        request.site,
        actor,
        action,
        ("write_off", request.public_id),
        amount=request.amount,
        currency=request.currency,
        reason=reason or request.reason,
    )
    live.announce(topics.BILL, request.site_id)
