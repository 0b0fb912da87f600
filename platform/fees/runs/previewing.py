"""The preview of a run: its sums, the largest lines, the largest changes, and what is left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet, Sum

from core.money import Money
from estate.models import Unit
from fees.charge_sources import KINDS
from fees.models import BillRun, FeeItem, RunBill, RunLine

SHOWN = 10
# What a cause came to in the month before: the sum of its revisions, those of 0 left out.
_CHANGED = """
SELECT staged.unit_id, staged.item_id, staged.amount, past.amount
FROM (
    SELECT unit_id, item_id, source_id, sum(amount)::bigint AS amount FROM fees_runline
    WHERE run_id = %(run)s AND omitted = '' GROUP BY 1, 2, 3
) staged
CROSS JOIN LATERAL (
    SELECT sum(amount)::bigint AS amount FROM billing_charge
    WHERE source_type = ANY(%(kinds)s) AND source_id = staged.source_id
        AND period >= %(before)s AND period < %(month)s
) past
WHERE past.amount <> 0 AND past.amount <> staged.amount
ORDER BY abs(staged.amount - past.amount) DESC, staged.unit_id, staged.item_id LIMIT %(shown)s
"""


@dataclass(frozen=True, slots=True)
class Changed:
    """A fee that comes to another amount than a month ago."""

    unit: Unit
    item: FeeItem
    now: Money
    before: Money

    @property
    def difference(self) -> Money:
        """By how much it rose; below zero where it fell."""
        return self.now - self.before


def summarise(bill_run: BillRun) -> None:
    """Store the sums and the preview of a run that is staged, and offer it to be checked."""
    charged = bill_run.lines.filter(omitted="")
    sums = charged.aggregate(count=Count("pk"), total=Sum("amount"), vat=Sum("vat_amount"))
    by_reason = bill_run.lines.exclude(omitted="").values_list("omitted")
    omitted = dict(by_reason.annotate(count=Count("pk")).order_by("omitted"))
    bill_run.charged, bill_run.omitted = sums["count"], sum(omitted.values())
    bill_run.total, bill_run.vat_total = sums["total"] or 0, sums["vat"] or 0
    bill_run.bills = charged.values("unit", "payer_type", "payer_id").distinct().count()
    bill_run.summary = {
        "largest": list(charged.order_by("-amount", "pk").values_list("pk", flat=True)[:SHOWN]),
        "changed": _changed(bill_run),
        "omitted": omitted,
    }
    bill_run.state = BillRun.State.PREVIEWED
    bill_run.save()


def largest_lines(bill_run: BillRun) -> QuerySet[RunLine]:
    """Return the lines of the largest amounts, the largest first."""
    rows = bill_run.lines.filter(pk__in=bill_run.summary.get("largest", ()))
    return rows.select_related("unit__building", "item").order_by("-amount", "pk")


def changed_most(bill_run: BillRun) -> list[Changed]:
    """Return the fees that changed most against the month before."""
    stored = bill_run.summary.get("changed", ())
    units = Unit.objects.select_related("building").in_bulk([each[0] for each in stored])
    items = FeeItem.objects.in_bulk([each[1] for each in stored])
    currency = bill_run.currency
    return [
        Changed(units[unit], items[item], Money(now, currency), Money(before, currency))
        for unit, item, now, before in stored
    ]


def omitted_lines(bill_run: BillRun, code: str = "") -> QuerySet[RunLine]:
    """Return the lines that charge nothing, for one reason or for all."""
    rows = bill_run.lines.filter(omitted=code) if code else bill_run.lines.exclude(omitted="")
    rows = rows.select_related("unit__building", "item")
    return rows.order_by("unit__building__code", "unit__code", "item__code", "pk")


def kept_bills(bill_run: BillRun) -> QuerySet[RunBill]:
    """Return the bills that stayed when the run was undone, because money was received."""
    rows = bill_run.issued.filter(kept=True).select_related("bill__unit__building")
    return rows.order_by("bill__unit__building__code", "bill__unit__code", "pk")


def _changed(bill_run: BillRun) -> list[Sequence[Any]]:
    before = (bill_run.month - timedelta(days=1)).replace(day=1)
    values: dict[str, Any] = {
        "run": bill_run.pk,
        "kinds": list(KINDS.values()),
        "before": f"{before:%Y-%m}",
        "month": bill_run.period,
        "shown": SHOWN,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, values)
        return [list(row) for row in cursor.fetchall()]
