"""Waive late fees, with a reason, and a second person above the site's limit."""

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from billing.models import Charge
from billing.services.charging import Cause, account_of, adjust_charge, lock_cause
from billing.services.second_person import (
    TOGETHER,
    exceeds_waiver_limit,
    notify_approvers,
    require_second_person,
)
from core import audit, clock, live, validation
from core.errors import Rejection
from core.models import User
from core.money import Money
from fees.models import LateFeeWaiver
from fees.permissions import FeePermission
from fees.topics import LATE_FEES

State = LateFeeWaiver.State


@transaction.atomic
def request_waiver(charge: Charge, actor: User, *, amount: int, reason: str) -> LateFeeWaiver:
    """Waive a late fee, or request it where the amount needs a second person.

    Args:
        charge: the late fee as it was posted.
        amount: in minor units.

    Raises:
        Rejection: there is no reason, a waiver waits already, or the amount is not above zero or
            more than is left of the fee.
    """
    validation.require_reason(reason)
    lock_cause(Cause.of(charge))
    if LateFeeWaiver.objects.filter(charge=charge, state=State.REQUESTED).exists():
        raise Rejection(
            "amount",
            "waiting",
            _("a waiver of this fee waits for approval"),
            _("decide on that one first"),
        )
    _require_amount(charge, amount)
    needs_second = exceeds_waiver_limit(charge.site, _waived_with(charge, amount))
    waiver = LateFeeWaiver.objects.create(
        site=charge.site,
        charge=charge,
        amount=amount,
        reason=reason.strip(),
        state=State.REQUESTED if needs_second else State.APPROVED,
        requested_at=clock.now(),
        requested_by=actor,
    )
    _record(waiver, actor, "request waiver" if needs_second else "waive late fee")
    if not needs_second:
        _apply(waiver)
    else:
        notify_approvers(
            charge.site,
            actor,
            FeePermission.WAIVE_LATE_FEES,
            what="waiver",
            money=Money(amount, charge.currency),
            reason=waiver.reason,
            path=reverse("console:late_fees", args=[charge.site.slug]),
        )
    return waiver


@transaction.atomic
def approve_waiver(waiver: LateFeeWaiver, actor: User) -> LateFeeWaiver:
    """Approve a waiver, and take it off the late fee.

    Raises:
        Rejection: it is decided already, the person has requested it, or less is left of the fee.
    """
    locked = _lock(waiver, actor)
    lock_cause(Cause.of(locked.charge))
    _require_amount(locked.charge, locked.amount)
    _decide(locked, actor, State.APPROVED)
    _apply(locked)
    _record(locked, actor, "waive late fee")
    return locked


@transaction.atomic
def refuse_waiver(waiver: LateFeeWaiver, actor: User) -> LateFeeWaiver:
    """Refuse a waiver.

    Raises:
        Rejection: it is decided already, or the person has requested it.
    """
    locked = _lock(waiver, actor)
    _decide(locked, actor, State.REFUSED)
    _record(locked, actor, "refuse waiver")
    return locked


def left_of(charge: Charge) -> Money:
    """Return what a late fee comes to after its waivers."""
    return Money(account_of(Cause.of(charge), clock.now()).total, charge.currency)


def _lock(waiver: LateFeeWaiver, actor: User) -> LateFeeWaiver:
    rows = LateFeeWaiver.objects.select_for_update(of=("self",), no_key=True)
    locked = rows.select_related("site", "charge__site").get(pk=waiver.pk)
    if locked.state != State.REQUESTED:
        raise Rejection("waiver", "decided", _("this is decided already"), _("reload the page"))
    require_second_person("waiver", locked.requested_by_id, actor)
    return locked


def _decide(waiver: LateFeeWaiver, actor: User, state: LateFeeWaiver.State) -> None:
    waiver.state, waiver.decided_at, waiver.decided_by = state, clock.now(), actor
    waiver.save(update_fields=["state", "decided_at", "decided_by"])


def _apply(waiver: LateFeeWaiver) -> None:
    """Lower the late fee; money that was paid for it becomes credit of its payer."""
    charge = waiver.charge
    line = {"kind": "waiver", "amount": -waiver.amount, "reason": waiver.reason}
    total = left_of(charge).minor - waiver.amount
    adjust_charge(charge.site, Cause.of(charge), charge.currency, total, lines=[line])


def _waived_with(charge: Charge, amount: int) -> Money:
    """Return what is waived with this amount: small waivers count together.

    These are all of the late fee, and those of its payer within a day.
    """
    of_payer = Q(
        charge__payer_type=charge.payer_type,
        charge__payer_id=charge.payer_id,
        charge__currency=charge.currency,
        requested_at__gte=clock.now() - TOGETHER,
    )
    rows = LateFeeWaiver.objects.filter(
        Q(charge=charge) | of_payer, site=charge.site_id, state=State.APPROVED
    )
    return Money(amount + sum(rows.values_list("amount", flat=True)), charge.currency)


def _require_amount(charge: Charge, amount: int) -> None:
    left = left_of(charge)
    if not 0 < amount <= left.minor:
        raise Rejection(
            "amount",
            "out_of_range",
            _("at most %(left)s of this fee can be waived") % {"left": left.written()},
            _("enter more than zero and at most this amount"),
        )


def _record(waiver: LateFeeWaiver, actor: User, action: str) -> None:
    detail = {"amount": waiver.amount, "reason": waiver.reason}
    audit.record(waiver.site, actor, action, ("charge", waiver.charge_id), **detail)
    live.announce(LATE_FEES, waiver.site_id, waiver.charge_id)
