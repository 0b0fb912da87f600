"""Mail the bills of a run to their payers, once it was issued."""

from billing.contacts import BY_MAIL, receivers_of
from billing.mailing import queue_bill_mails
from billing.models import Bill
from core import runs
from core.models import Run
from fees.models import BillRun
from fees.runs.background import MAIL, announce

CHUNK = 500


def start_mailing(bill_run: BillRun) -> Run:
    """Queue the mails of an issued run in the background, in the caller's transaction."""
    actor = bill_run.issued_by.get_username() if bill_run.issued_by else "fees"
    total = bill_run.issued.count()
    return runs.start(MAIL, bill_run.site, actor, total, {"run": bill_run.pk})


def mail_next(run: Run) -> runs.Chunk:
    """Queue the mails of the next bills; those of a run that is undone are left out.

    A payer without an address gets no mail. A bill is mailed to each receiver once, whatever runs
    again.
    """
    bill_run = BillRun.objects.select_related("site").get(pk=run.parameters["run"])
    if bill_run.state != BillRun.State.ISSUED:
        return runs.Chunk()
    rows = Bill.objects.filter(run__run=bill_run, pk__gt=run.cursor or 0)
    bills = list(rows.order_by("pk")[:CHUNK])
    receivers = receivers_of(bill_run.site, bills, BY_MAIL)
    queue_bill_mails((bill, each) for bill in bills for each in receivers[bill.pk])
    cursor = bills[-1].pk if len(bills) == CHUNK else None
    return runs.Chunk(len(bills), cursor=cursor)


runs.register(MAIL, mail_next, announce)
