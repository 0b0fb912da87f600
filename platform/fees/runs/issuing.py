"""Issue a run: one bill for each payer and unit, of all its items."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import groupby, starmap
from typing import Any, NamedTuple

from django.conf import settings

from billing.models import Bill, Charge
from billing.payers import names_of
from billing.services import BillCharge, BillDraft, Cause, Vat, issue_bills
from billing.settings import settings_of
from core import audit, clock, runs
from core.copying import copy_values
from core.garbage import collected_afterwards
from core.models import Run
from fees.charge_sources import KINDS, kind_of, title_of
from fees.models import BillRun, RunBill
from fees.runs.background import ISSUE, announce, lock_working
from fees.runs.mailing import start_mailing
from fees.runs.unit_names import unit_names

CHUNK = 2000


class _Line(NamedTuple):
    """What a line of a run charges."""

    unit_id: int
    item_id: int
    source_id: str
    period: str
    payer_type: str
    payer_id: str
    amount: int
    vat_rate: Decimal
    vat_amount: int
    lines: list[dict[str, Any]]
    begins_on: date
    ends_on: date
    due_on: date


@collected_afterwards()
def issue_next(run: Run) -> runs.Chunk:
    """Issue the bills of the next units; what was charged meanwhile is left out."""
    bill_run = lock_working(run, BillRun.State.ISSUING)
    if bill_run is None:
        return runs.Chunk()
    lines, cursor = _next_lines(bill_run, run.cursor or 0)
    bills, skipped = _issue(bill_run, lines)
    result = _added(run, bills, skipped)
    if cursor is None:
        _finish(bill_run, result)
    return runs.Chunk(len({line.unit_id for line in lines}), cursor=cursor, result=result)


def _next_lines(bill_run: BillRun, after: int) -> tuple[list[_Line], int | None]:
    """Return the next charged lines, those of a unit together, and the last unit if more may come.

    Both queries read a range of the index by run and unit, whatever PostgreSQL knows about a run
    that was staged a moment ago.
    """
    rows = bill_run.lines.filter(omitted="", unit__gt=after).order_by("unit", "pk")
    (last,) = rows.values_list("unit", flat=True)[CHUNK - 1 : CHUNK] or (None,)
    if last is not None:
        rows = rows.filter(unit__lte=last)
    return list(starmap(_Line, rows.values_list(*_Line._fields))), last


def _issue(bill_run: BillRun, lines: Sequence[_Line]) -> tuple[list[Bill], int]:
    """Bill lines of some units; return the bills, and how many lines were charged before."""
    before = _charged_before(lines)
    fresh = [line for line in lines if (line.source_id, line.period) not in before]
    bills = issue_bills(bill_run.site, _Drafting(bill_run, fresh).drafts()) if fresh else []
    copy_values(RunBill, ("run_id", "bill_id"), ((bill_run.pk, bill.pk) for bill in bills))
    return bills, len(lines) - len(fresh)


def _charged_before(lines: Sequence[_Line]) -> set[tuple[str, str]]:
    """Return the causes that another way of billing has charged since they were staged."""
    rows = Charge.objects.filter(
        source_type__in=KINDS.values(),
        source_id__any_of={line.source_id for line in lines},
        period__in={line.period for line in lines},
    )
    return set(rows.values_list("source_id", "period"))


@dataclass
class _Drafting:
    """What the drafts of the bills of some lines have in common."""

    bill_run: BillRun
    lines: Sequence[_Line]

    def __post_init__(self) -> None:
        self._items = {item.pk: item for item in self.bill_run.items.all()}
        payers = {(line.payer_type, line.payer_id) for line in self.lines}
        self._names = names_of(self.bill_run.site, payers)
        self._units = unit_names({line.unit_id for line in self.lines})
        self._titles: dict[tuple[int, str], dict[str, str]] = {}
        self._days: dict[date, datetime] = {}

    def drafts(self) -> list[BillDraft]:
        """Return one draft for each unit and payer, in the order of units."""
        ordered = sorted(self.lines, key=_key_of_bill)
        return [self._draft(*key, list(lines)) for key, lines in groupby(ordered, _key_of_bill)]

    def _draft(
        self, unit: int, payer_type: str, payer_id: str, lines: Sequence[_Line]
    ) -> BillDraft:
        payer = (payer_type, payer_id)
        return BillDraft(
            payer=payer,
            payer_name=self._names.get(payer, ""),
            due_on=self._due_on(line.due_on for line in lines),
            charges=[self._charge(line) for line in lines],
            unit=unit,
            unit_name=self._units[unit],
            period=self.bill_run.period,
        )

    def _charge(self, line: _Line) -> BillCharge:
        return BillCharge(
            cause=Cause(kind_of(self._items[line.item_id]), line.source_id, line.period),
            amount=line.amount,
            lines=line.lines,
            titles=self._titles_of(line),
            vat=Vat(line.vat_rate, line.vat_amount),
            begins_at=self._instant(line.begins_on),
            ends_at=self._instant(line.ends_on),
        )

    def _due_on(self, days: Iterator[date]) -> date:
        """Return the last due day of a bill's items; it is never past when the bill is issued."""
        due_on = max(days)
        return due_on if due_on >= self._today else self._today + self._days_to_pay

    @cached_property
    def _today(self) -> date:
        return clock.local(clock.now(), self.bill_run.site.timezone).date()

    @cached_property
    def _days_to_pay(self) -> timedelta:
        return timedelta(days=settings_of(self.bill_run.site).due_days)

    def _titles_of(self, line: _Line) -> dict[str, str]:
        key = (line.item_id, line.period[:7])
        if key not in self._titles:
            item = self._items[line.item_id]
            self._titles[key] = {
                code: title_of(item, line.period, code) for code, _name in settings.LANGUAGES
            }
        return self._titles[key]

    def _instant(self, day: date) -> datetime:
        if day not in self._days:
            self._days[day] = clock.midnight(day, self.bill_run.site.timezone)
        return self._days[day]


def _key_of_bill(line: _Line) -> tuple[int, str, str]:
    return line.unit_id, line.payer_type, line.payer_id


def _added(run: Run, bills: Collection[Bill], skipped: int) -> dict[str, int]:
    """Return the result of a run so far with that of a chunk."""
    return {
        "bills": run.result.get("bills", 0) + len(bills),
        "amount": run.result.get("amount", 0) + sum(bill.total for bill in bills),
        "skipped": run.result.get("skipped", 0) + skipped,
    }


def _finish(bill_run: BillRun, result: dict[str, int]) -> None:
    bill_run.state = BillRun.State.ISSUED
    bill_run.summary |= {"issued": result}
    bill_run.save(update_fields=["state", "summary"])
    start_mailing(bill_run)
    subject = ("bill_run", bill_run.pk)
    audit.record(bill_run.site, bill_run.issued_by or "fees", "issue bill run", subject, **result)


runs.register(ISSUE, issue_next, announce)
