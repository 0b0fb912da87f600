"""Undo a run by credit notes; bills that money was received for are kept."""

from django.db.models import Max

from billing.models import Bill
from billing.services import undo_bills
from core import audit, clock, runs
from core.garbage import collected_afterwards
from core.models import Run
from fees.models import BillRun, FeeItem, RunBill
from fees.rules.months import first_of_next
from fees.runs.background import UNDO, announce, lock_working

CHUNK = 2000


@collected_afterwards()
def undo_next(run: Run) -> runs.Chunk:
    """Credit the next bills of a run."""
    bill_run = lock_working(run, BillRun.State.UNDOING)
    if bill_run is None or bill_run.undone_by is None:
        return runs.Chunk()
    rows = bill_run.issued.filter(pk__gt=run.cursor or 0).order_by("pk")
    issued = list(rows.values_list("pk", "bill")[:CHUNK])
    bills = Bill.objects.filter(pk__any_of=[bill for _pk, bill in issued]).order_by("pk")
    undone = undo_bills(
        bill_run.site,
        list(bills.defer("snapshot")),
        bill_run.undone_by,
        reason=bill_run.undo_reason,
    )
    RunBill.objects.filter(bill__in=undone.kept).update(kept=True)
    result = {
        "undone": run.result.get("undone", 0) + len(undone.notes),
        "kept": run.result.get("kept", 0) + len(undone.kept),
    }
    if len(issued) == CHUNK:
        return runs.Chunk(len(issued), cursor=issued[-1][0], result=result)
    _finish(bill_run, result)
    return runs.Chunk(len(issued), result=result)


def _finish(bill_run: BillRun, result: dict[str, int]) -> None:
    bill_run.state, bill_run.undone_at = BillRun.State.UNDONE, clock.now()
    bill_run.summary |= {"undone": result}
    bill_run.save(update_fields=["state", "undone_at", "summary"])
    if not result["kept"]:
        _release_months(bill_run)
    detail = {**result, "reason": bill_run.undo_reason}
    subject = ("bill_run", bill_run.pk)
    audit.record(bill_run.site, bill_run.undone_by or "fees", "undo bill run", subject, **detail)


def _release_months(bill_run: BillRun) -> None:
    """Let prices of the month be changed again, unless another run has charged it."""
    states = (BillRun.State.ISSUING, BillRun.State.ISSUED)
    for item in FeeItem.objects.filter(bill_runs=bill_run).select_for_update(no_key=True):
        last = item.bill_runs.filter(state__in=states).aggregate(last=Max("month"))["last"]
        item.charged_until = first_of_next(last) if last else None
        item.save(update_fields=["charged_until"])


runs.register(UNDO, undo_next, announce)
