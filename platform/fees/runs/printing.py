"""Print all bills of an issued run: PDFs in a zip file, rendered in the background."""

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.documents.bills import bill_html
from billing.models import Bill
from core import audit, runs
from core.documents import batches, render_pdfs
from core.errors import Rejection
from core.models import Run, User
from fees.models import BillRun
from fees.runs.background import PRINT, announce

# Bills in one PDF, each on pages of its own; a chunk takes some seconds.
CHUNK = 50


@transaction.atomic
def start_printing(bill_run: BillRun, actor: User, *, language: str) -> Run:
    """Start to render the bills of an issued run, in the order of their numbers.

    Raises:
        Rejection: the run was not issued, or its bills are being rendered already.
    """
    locked = BillRun.objects.select_for_update(no_key=True).get(pk=bill_run.pk)
    if locked.state != BillRun.State.ISSUED:
        raise Rejection(
            "run", "not_issued", _("this run has no bills to print"), _("issue its bills first")
        )
    if any(not each.is_ended for each in prints_of(locked)):
        hint = _("wait until the file is ready")
        raise Rejection("run", "printing", _("its bills are being prepared already"), hint)
    audit.record(locked.site, actor, "print bill run", ("bill_run", locked.pk))
    parameters = {"run": locked.pk, "language": language}
    return runs.start(PRINT, locked.site, actor.get_username(), locked.issued.count(), parameters)


def prints_of(bill_run: BillRun) -> list[Run]:
    """Return the latest files of a run's bills, the latest first."""
    rows = Run.objects.filter(site=bill_run.site_id, kind=PRINT, parameters__run=bill_run.pk)
    return list(rows.order_by("-pk")[:3])


def print_next(run: Run) -> runs.Chunk:
    """Render the next bills into one PDF, and pack all of them after the last."""
    place, after = run.cursor or [0, 0]
    rows = Bill.objects.filter(run__run=run.parameters["run"], pk__gt=after)
    bills = list(rows.select_related("site__organisation", "unit").order_by("pk")[:CHUNK])
    if bills:
        with override(run.parameters["language"]):
            batches.store_part(run, place + 1, render_pdfs([bill_html(bill) for bill in bills]))
    if len(bills) == CHUNK:
        return runs.Chunk(len(bills), cursor=[place + 1, bills[-1].pk])
    return runs.Chunk(len(bills), result={"file": batches.pack(run, "bills")})


runs.register(PRINT, print_next, announce)
