"""What the background work of all states of a run shares."""

from core import live
from core.models import Run
from fees.models import BillRun
from fees.topics import BILL_RUN

STAGE, ISSUE, UNDO = "fees.run.stage", "fees.run.issue", "fees.run.undo"
MAIL, PRINT = "fees.run.mail", "fees.run.print"


def lock_working(run: Run, state: BillRun.State) -> BillRun | None:
    """Return the billing run that this work is for, locked; None if it left that state."""
    rows = BillRun.objects.select_for_update(of=("self",), no_key=True)
    found = rows.select_related("site", "site__organisation", "issued_by", "undone_by").get(
        pk=run.parameters["run"]
    )
    return found if found.state == state else None


def announce(run: Run) -> None:
    """Notify open pages of a run's progress."""
    live.announce(BILL_RUN, run.site_id, run.parameters["run"])
