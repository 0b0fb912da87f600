"""Charge several months of a fee at once, with the discounts on months paid ahead."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from billing.models import Bill
from billing.payers import holder_of
from billing.services import BillCharge, BillDraft, issue_bills
from billing.services.charging import Cause
from billing.vat import Vat
from core import audit, clock
from core.errors import Rejection
from estate.models import Unit
from estate.services.common import Actor
from fees.assessment import Assessment, Omitted, assess
from fees.charge_sources import title_of
from fees.models import Discount, FeeItem
from fees.rules.months import first_after
from fees.services.agreements import require_unit_of_site
from fees.services.items import lock_item

#: As many months as can be charged at once.
MOST_MONTHS = Discount.MOST_MONTHS
#: Of fees whose amount is known ahead.
METHODS = (FeeItem.Method.AREA, FeeItem.Method.FIXED, FeeItem.Method.LEASE)
_LANGUAGES = ("en", "zh-hans")


def plan_ahead(item: FeeItem, unit: Unit, month: date, months: int) -> list[Assessment]:
    """Return what a unit owes for each of several months that are charged at once.

    Args:
        month: any day of the first one.

    Raises:
        Rejection: see `charge_ahead`.
    """
    _require_valid(item, unit, months)
    first = month.replace(day=1)
    found = [
        each
        for number in range(months)
        for each in assess(item.site, [item], first_after(first, number), [unit.pk], ahead=months)
    ]
    _require_chargeable(found)
    return found


@transaction.atomic
def charge_ahead(item: FeeItem, actor: Actor, *, unit: Unit, month: date, months: int) -> Bill:
    """Charge a unit for several months at once, on one bill that is due with the first of them.

    Gift months are left out. A later run leaves these months out as paid ahead.

    Args:
        month: any day of the first one.
        months: how many, `MOST_MONTHS` at most.

    Raises:
        Rejection: the method follows no price, a month is charged already or cannot be worked out,
            or somebody else pays some of them.
    """
    locked = lock_item(item)
    charged = [each for each in plan_ahead(locked, unit, month, months) if not each.omitted]
    (bill,) = issue_bills(locked.site, [_draft(locked, unit, charged)])
    detail = {"unit": unit.pk, "month": f"{month:%Y-%m}", "months": months, "bill": bill.number}
    audit.record(locked.site, actor, "charge ahead", ("fee_item", locked.pk), **detail)
    return bill


def _draft(item: FeeItem, unit: Unit, charged: Sequence[Assessment]) -> BillDraft:
    payer = charged[0].payer
    assert payer is not None  # noqa: S101 - by `_require_chargeable`
    return BillDraft(
        payer=payer,
        payer_name=str(holder_of(item.site, payer)),
        due_on=charged[0].due_on,
        charges=[_charge(each) for each in charged],
        unit=unit.pk,
        unit_name=str(unit),
        period=charged[0].period[:7],
    )


def _charge(each: Assessment) -> BillCharge:
    zone = each.item.site.timezone
    return BillCharge(
        cause=Cause(each.source_type, each.source_id, each.period),
        amount=each.amount,
        lines=each.lines,
        titles={code: title_of(each.item, each.period, code) for code in _LANGUAGES},
        vat=Vat(each.vat_rate, each.vat_amount),
        begins_at=clock.midnight(each.begins_on, zone),
        ends_at=clock.midnight(each.ends_on, zone),
    )


def _require_valid(item: FeeItem, unit: Unit, months: int) -> None:
    require_unit_of_site(item, unit)
    if item.method not in METHODS:
        raise Rejection(
            "item",
            "not_ahead",
            _("what this fee comes to is not known ahead"),
            _("choose a fee by area, a fixed one or a rent"),
        )
    if not 1 <= months <= MOST_MONTHS:
        raise Rejection(
            "months",
            "out_of_range",
            _("this is not a number of months"),
            _("enter a number from 1 to %(most)s") % {"most": MOST_MONTHS},
        )


def _require_chargeable(found: Sequence[Assessment]) -> None:
    charged = [each for each in found if not each.omitted]
    for each in found:
        if each.omitted and each.omitted != Omitted.GIFT:
            names = {"month": each.period[:7], "reason": Omitted(each.omitted).label}
            raise Rejection(
                "month", each.omitted, _("%(month)s: %(reason)s") % names, _("choose other months")
            )
    if not charged or len({each.payer for each in charged}) > 1:
        raise Rejection(
            "months",
            "payer_changes",
            _("no single payer pays all of these months"),
            _("choose months of one payer"),
        )
