"""Billing runs worked off at once, for tests."""

from datetime import date

from core.jobs import run_waiting
from core.models import Site
from fees.models import BillRun, FeeItem
from fees.runs import issue_run, start_run, undo_run
from tests.fees.units import NOVEMBER
from tests.gate import staff


def worked_off(run: BillRun) -> BillRun:
    """Let the jobs work, and return the run as it is then."""
    run_waiting()
    return BillRun.objects.select_related("site", "work").get(pk=run.pk)


def preview(site: Site, *items: FeeItem, month: date = NOVEMBER, building=None) -> BillRun:
    """Stage a run of items."""
    run = start_run(site, staff("manager"), month=month, items=items, building=building)
    return worked_off(run)


def issue(run: BillRun) -> BillRun:
    """Issue a run."""
    return worked_off(issue_run(run, staff("manager")))


def undo(run: BillRun, reason: str = "wrong price") -> BillRun:
    """Undo a run."""
    return worked_off(undo_run(run, staff("manager"), reason=reason))
