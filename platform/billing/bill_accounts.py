"""The account of a bill: what was credited, written off and paid of each line, and by what."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import QuerySet, Sum

from billing import explanations
from billing.bill_details import title_of
from billing.explanations import LineText
from billing.models import (
    Allocation,
    Bill,
    BillLine,
    Charge,
    CreditNote,
    CreditNoteLine,
    Payment,
    WriteOff,
    WriteOffLine,
)
from billing.outstanding import is_credited
from billing.reductions import Reduction, reductions_of
from billing.services.charging import Cause, any_of
from billing.vat import rate_text

Key = tuple[str, str, str]
_KEY = ("source_type", "source_id", "period")


@dataclass(frozen=True, slots=True)
class BilledLine:
    """A line of a bill, in the active language; amounts in minor units.

    Attributes:
        title: what is charged.
        explained: how its amount comes about.
        left: what it costs after credit notes, waivers and write-offs.
        paid: what is allocated to it.
        reductions: what was taken off a late fee, such as a waiver.
    """

    line: BillLine
    title: str
    explained: list[LineText]
    credited: int
    written_off: int
    left: int
    paid: int
    reductions: Sequence[Reduction] = ()

    @property
    def owed(self) -> int:
        """What is to be paid."""
        return max(0, self.left - self.paid)

    @property
    def vat_rate(self) -> str:
        """The rate of its VAT, such as ``6 %``."""
        return rate_text(self.line.charge.vat_rate)

    @property
    def says_how(self) -> bool:
        """Whether the explanation adds to the title."""
        return [each.what for each in self.explained] != [self.title] or bool(self.explained[0].how)


def lines_of(bill: Bill) -> list[BilledLine]:
    """Return a bill's lines with their explanations, and what was paid and credited of each."""
    rows = list(bill.lines.select_related("charge__site").order_by("position"))
    causes = any_of((Cause.of(row.charge) for row in rows), "charge__")
    paid = _sums(Allocation.objects.filter(causes), "charge__")
    posted = any_of(Cause.of(row.charge) for row in rows)
    costs = _sums(Charge.objects.filter(posted, state__in=Charge.POSTED), "")
    revised = any_of((Cause.of(row.charge) for row in rows), "revision__")
    written_off = WriteOffLine.objects.filter(revised, write_off__state=WriteOff.State.DONE)
    lost = _sums(written_off, "revision__")
    credited = Counter(
        dict(
            CreditNoteLine.objects.filter(bill_line__in=rows)
            .values_list("bill_line")
            .annotate(sum=Sum("amount"))
        )
    )
    reduced = reductions_of(row.charge for row in rows)
    lines = [
        replace(
            _line(row, credited[row.pk], lost, paid),
            reductions=reduced.get(Cause.of(row.charge), ()),
        )
        for row in rows
    ]
    # The causes of a bill that was credited in full may be on another bill.
    return lines if is_credited(bill) else [_at_cost(each, costs) for each in lines]


def payments_of(bill: Bill) -> list[tuple[Payment, int]]:
    """Return the payments that count towards a bill, with how much of each, the oldest first.

    None counts towards one that was credited in full: its causes may be on another bill.
    """
    if is_credited(bill):
        return []
    charges = [row.charge for row in bill.lines.select_related("charge")]
    rows = Allocation.objects.filter(any_of(map(Cause.of, charges), "charge__"))
    sums = dict(rows.values_list("payment").annotate(sum=Sum("amount")).exclude(sum=0))
    payments = Payment.objects.filter(pk__in=sums).order_by("paid_at", "pk")
    return [(each, int(sums[each.pk])) for each in payments]


def write_offs_of(bill: Bill) -> QuerySet[WriteOff]:
    """Return the write-offs of charges of a bill, the oldest first."""
    charges = [row.charge for row in bill.lines.select_related("charge")]
    lines = WriteOffLine.objects.filter(any_of(map(Cause.of, charges), "charge__"))
    rows = WriteOff.objects.filter(pk__in=lines.values("write_off"))
    return rows.select_related("requested_by", "decided_by").order_by("pk")


@dataclass(frozen=True, slots=True)
class CreditPlan:
    """What a credit note would do, in minor units.

    Attributes:
        amount: what it takes off the bill.
        unpaid: what of it is not paid, and is owed no longer.
        returned: what of it is paid, and becomes the payer's credit.
    """

    bill: Bill
    amount: int
    unpaid: int
    returned: int
    reason: str


def plan_credit(
    bill: Bill, lines: Sequence[BilledLine], amounts: Mapping[int, int], reason: str
) -> CreditPlan:
    """Return what a credit note of these amounts would do.

    Args:
        amounts: by the key of a bill line, in minor units.
    """
    total = sum(amounts.values())
    unpaid = sum(min(amounts.get(each.line.pk, 0), each.owed) for each in lines)
    return CreditPlan(bill, total, unpaid, total - unpaid, reason)


def credit_notes(site_id: int) -> QuerySet[CreditNote]:
    """Return a site's credit notes with their bills, the newest first."""
    rows = CreditNote.objects.filter(site=site_id).select_related("bill", "issued_by")
    return rows.order_by("-issued_on", "-pk")


def _line(
    row: BillLine, credited: int, written_off: Counter[Key], paid: Counter[Key]
) -> BilledLine:
    charge, title, key = row.charge, title_of(row), _key(row)
    return BilledLine(
        row,
        title,
        explanations.explain(charge, charge.lines, charge.amount, title),
        credited,
        written_off[key],
        charge.amount - credited - written_off[key],
        paid[key],
    )


def _at_cost(line: BilledLine, costs: Counter[Key]) -> BilledLine:
    """Return a line with what its cause costs now, after waivers, too."""
    return replace(line, left=costs[_key(line.line)])


def _key(row: BillLine) -> Key:
    return row.charge.source_type, row.charge.source_id, row.charge.period


def _sums(rows: QuerySet, path: str) -> Counter[Key]:
    names = [f"{path}{name}" for name in _KEY]
    found: Counter[Key] = Counter()
    for kind, source, period, amount in rows.values_list(*names).annotate(sum=Sum("amount")):
        found[kind, source, period] = int(amount)
    return found
