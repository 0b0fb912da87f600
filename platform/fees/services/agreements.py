"""Discounts, which a second person approves, and which units a fee is charged to."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from billing.services.second_person import require_second_person
from core import audit, clock, live, validation
from core.errors import Rejection
from core.models import User
from estate.models import Unit
from estate.services.common import Actor, validate
from fees.models import Discount, FeeAssignment, FeeItem
from fees.notices import notify_approvers
from fees.services.items import lock_item
from fees.topics import DISCOUNT


@dataclass(frozen=True)
class NewDiscount:
    """A discount that is requested.

    Attributes:
        kind: of `Discount.Kind`.
        percent: above 0, at most 100.
        unit: of the site; None for every unit that is charged.
        months: of a discount on months paid ahead: how many at least.
    """

    kind: str
    percent: Decimal
    begins_on: date
    reason: str
    ends_on: date | None = None
    unit: Unit | None = None
    months: int = 0


@transaction.atomic
def request_discount(item: FeeItem, actor: User, new: NewDiscount) -> Discount:
    """Request a discount; it lowers nothing until somebody else has approved it.

    Raises:
        Rejection: the percentage is out of range, the period is empty, no reason is given, the
            number of months is missing, or the unit is another site's.
    """
    locked = lock_item(item)
    _require_valid(locked, new)
    row = Discount(item=locked, requested_at=clock.now(), requested_by=actor, **vars(new))
    row.reason = row.reason.strip()
    validate(row, ("kind", "percent", "months", "reason"))
    row.save()
    _record(row, actor, "request discount", percent=str(new.percent))
    notify_approvers(row, actor)
    return row


def approve_discount(discount: Discount, actor: User) -> Discount:
    """Approve a discount, which counts for what is charged from now on.

    Raises:
        Rejection: it is decided already, or the person has requested it.
    """
    return _decide(discount, actor, Discount.State.APPROVED, "approve discount")


def refuse_discount(discount: Discount, actor: User, reason: str) -> Discount:
    """Refuse a discount.

    Raises:
        Rejection: it is decided already, the person has requested it, or no reason is given.
    """
    validation.require_reason(reason)
    return _decide(discount, actor, Discount.State.REFUSED, "refuse discount", reason=reason)


@transaction.atomic
def end_discount(discount: Discount, actor: User, ends_on: date) -> Discount:
    """End an approved discount before a day; what was charged stays as it is.

    Raises:
        Rejection: it is not approved, has ended by then, or would end before it begins.
    """
    row = _lock(discount)
    validation.require_order(row.begins_on, ends_on, "ends_on")
    if row.state != Discount.State.APPROVED or (row.ends_on and row.ends_on <= ends_on):
        raise Rejection(
            "ends_on", "has_ended", _("this discount is not in force then"), _("choose another day")
        )
    row.ends_on = ends_on
    row.save(update_fields=["ends_on"])
    _record(row, actor, "end discount", ends_on=str(ends_on))
    return row


@transaction.atomic
def assign_unit(
    item: FeeItem,
    actor: Actor,
    *,
    unit: Unit,
    kind: str,
    begins_on: date,
    ends_on: date | None = None,
    reason: str = "",
) -> FeeAssignment:
    """Charge an item to a unit, or exempt the unit from it, for a period.

    Args:
        kind: of `FeeAssignment.Kind`; an exemption needs a reason.

    Raises:
        Rejection: the period is empty or overlaps another one, the unit is another site's, or an
            exemption has no reason.
    """
    locked = lock_item(item)
    require_unit_of_site(locked, unit)
    validation.require_order(begins_on, ends_on, "ends_on")
    if kind == FeeAssignment.Kind.EXEMPT:
        validation.require_reason(reason)
    row = FeeAssignment(
        item=locked, unit=unit, kind=kind, begins_on=begins_on, ends_on=ends_on, reason=reason
    )
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        hint = _("end the other one first, or choose other days")
        raise Rejection(
            "begins_on", "overlaps", _("another one covers these days"), hint
        ) from error
    detail = {"unit": unit.pk, "kind": kind, "begins_on": str(begins_on), "reason": reason}
    audit.record(locked.site, actor, "assign fee", ("fee_item", locked.pk), **detail)
    return row


@transaction.atomic
def end_assignment(assignment: FeeAssignment, actor: Actor, ends_on: date) -> FeeAssignment:
    """End what was agreed on a unit before a day; what was charged stays as it is.

    Raises:
        Rejection: it would end before it begins, or has ended by then.
    """
    rows = FeeAssignment.objects.select_for_update(of=("self",), no_key=True)
    row = rows.select_related("item__site").get(pk=assignment.pk)
    validation.require_order(row.begins_on, ends_on, "ends_on")
    if row.ends_on is not None and row.ends_on <= ends_on:
        raise Rejection(
            "ends_on", "has_ended", _("this has ended by then"), _("choose an earlier day")
        )
    row.ends_on = ends_on
    row.save(update_fields=["ends_on"])
    detail = {"unit": row.unit_id, "ends_on": str(ends_on)}
    audit.record(row.item.site, actor, "end fee assignment", ("fee_item", row.item_id), **detail)
    return row


def require_unit_of_site(item: FeeItem, unit: Unit | None) -> None:
    """Validate that a unit belongs to the site of an item.

    Raises:
        Rejection: it is another site's.
    """
    if unit is not None and unit.building.site_id != item.site_id:
        raise Rejection(
            "unit", "unknown_unit", _("this unit is not at the site"), _("choose another unit")
        )


def _require_valid(item: FeeItem, new: NewDiscount) -> None:
    validation.require_reason(new.reason)
    validation.require_order(new.begins_on, new.ends_on, "ends_on")
    require_unit_of_site(item, new.unit)
    if not (new.percent.is_finite() and 0 < new.percent <= 100):
        raise Rejection(
            "percent",
            "out_of_range",
            _("this is not a percentage"),
            _("enter a number above 0, at most 100"),
        )
    if new.kind == Discount.Kind.AHEAD and new.months < 2:
        raise Rejection(
            "months", "missing", _("this is not a number of months"), _("enter 2 or more")
        )


@transaction.atomic
def _decide(discount: Discount, actor: User, state: str, action: str, **detail: object) -> Discount:
    row = _lock(discount)
    if row.state != Discount.State.REQUESTED:
        raise Rejection(
            "discount", "decided", _("this discount is decided already"), _("load the page again")
        )
    require_second_person("discount", row.requested_by_id, actor)
    row.state, row.decided_by, row.decided_at = state, actor, clock.now()
    row.save(update_fields=["state", "decided_by", "decided_at"])
    _record(row, actor, action, **detail)
    return row


def _lock(discount: Discount) -> Discount:
    rows = Discount.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("item__site").get(pk=discount.pk)


def _record(discount: Discount, actor: Actor, action: str, **detail: object) -> None:
    live.announce(DISCOUNT, discount.item.site_id, discount.pk)
    audit.record(discount.item.site, actor, action, ("discount", discount.pk), **detail)
