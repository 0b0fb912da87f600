"""Stage a run: store what each unit owes, without charging it."""

from collections.abc import Iterator, Sequence

from core import runs
from core.copying import copy_values
from core.garbage import collected_afterwards
from core.models import Run
from estate.models import Unit
from fees.assessment import Assessment, assess
from fees.models import BillRun, FeeItem, RunLine
from fees.runs.background import STAGE, announce, lock_working
from fees.runs.previewing import summarise

CHUNK = 2000
_COLUMNS = (
    "run_id",
    "unit_id",
    "item_id",
    "source_id",
    "period",
    "payer_type",
    "payer_id",
    "amount",
    "vat_rate",
    "vat_amount",
    "lines",
    "begins_on",
    "ends_on",
    "due_on",
    "omitted",
)


@collected_afterwards()
def stage_next(run: Run) -> runs.Chunk:
    """Store the lines of the next units; the last chunk makes the preview."""
    bill_run = lock_working(run, BillRun.State.STAGING)
    if bill_run is None:
        return runs.Chunk()
    units = next_units(bill_run, run.cursor)
    items = list(bill_run.items.order_by("code"))
    copy_values(RunLine, _COLUMNS, _rows(bill_run, items, units))
    if len(units) == CHUNK:
        return runs.Chunk(len(units), cursor=units[-1])
    summarise(bill_run)
    return runs.Chunk(len(units))


def next_units(bill_run: BillRun, after: int | None) -> list[int]:
    """Return the keys of the next units of a run, in their order."""
    rows = Unit.objects.filter(building__site=bill_run.site_id, pk__gt=after or 0)
    if bill_run.building_id is not None:
        rows = rows.filter(building=bill_run.building_id)
    return list(rows.order_by("pk").values_list("pk", flat=True)[:CHUNK])


def _rows(
    bill_run: BillRun, items: Sequence[FeeItem], units: Sequence[int]
) -> Iterator[tuple[object, ...]]:
    for each in assess(bill_run.site, items, bill_run.month, units):
        yield _values(bill_run.pk, each)


def _values(run_id: int, assessment: Assessment) -> tuple[object, ...]:
    payer_type, payer_id = assessment.payer or ("", "")
    return (
        run_id,
        assessment.unit_id,
        assessment.item.pk,
        assessment.source_id,
        assessment.period,
        payer_type,
        payer_id,
        assessment.amount,
        assessment.vat_rate,
        assessment.vat_amount,
        assessment.lines,
        assessment.begins_on,
        assessment.ends_on,
        assessment.due_on,
        assessment.omitted,
    )


runs.register(STAGE, stage_next, announce)
