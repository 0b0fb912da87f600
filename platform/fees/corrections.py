"""What the fees of a bill should have been by today's areas, prices, agreements and payers.

A measured fee is left as it is: the next reading settles it (property.md 5).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import get_language

from billing.models import Bill, BillLine, Charge
from billing.ports import source_of
from billing.services import CorrectedLine, Vat
from billing.vat import NO_VAT
from core.money import Money
from fees.assessment import Assessment, Omitted, assess
from fees.assessment.results import Payer
from fees.charge_sources import KINDS
from fees.models import Discount, FeeItem

# Reasons that make a fee zero; others, such as a missing price, leave it as it was billed.
_FREE = {Omitted.EXEMPT, Omitted.VACANT, Omitted.GIFT}
# What is charged to others, or to nobody.
_NOT_THE_PAYERS = {"", Omitted.NO_PAYER, Omitted.NOTHING}


@dataclass(frozen=True, slots=True)
class Due:
    """What a payer owes for a billed fee by today's facts.

    Attributes:
        days: of the month; 0 where others pay all of it.
        corrected: the amount with its explanation.
    """

    days: int
    corrected: CorrectedLine


@dataclass(frozen=True, slots=True)
class Correction:
    """A line of a bill whose amount would be another one today."""

    line: BillLine
    before: Money
    after: Money
    corrected: CorrectedLine

    @property
    def title(self) -> str:
        """What the line is called, in the active language."""
        charge = self.line.charge
        return source_of(charge).title(charge, get_language() or "")


def corrections_of(bill: Bill) -> list[Correction]:
    """Return the lines of a bill that would have other amounts today, in their order.

    Only monthly fees that no meter measures are worked out again; other lines keep their amounts.
    """
    lines = bill.lines.select_related("charge").order_by("position")
    return [found for line in lines for found in _corrected(line)]


def due_of(charge: Charge) -> Due | None:
    """Return what the payer of a billed fee owes for it today; None where that is unknown.

    Who has paid months ahead keeps the discount of those that are used.
    """
    if charge.source_type not in KINDS.values():
        return None
    item_id, unit_id = charge.source_id.split("-")
    item = FeeItem.objects.select_related("site").get(pk=item_id)
    if item.method == FeeItem.Method.METER:
        return None
    month = date.fromisoformat(f"{charge.period[:7]}-01")
    is_ahead = any(each.get("discount") == Discount.Kind.AHEAD for each in charge.lines)
    ahead = Discount.MOST_MONTHS if is_ahead else 1
    found = assess(item.site, [item], month, [int(unit_id)], ahead=ahead, again=True)
    return _of_payer(found, (charge.payer_type or "", charge.payer_id or ""))


def _of_payer(assessed: Sequence[Assessment], payer: Payer) -> Due | None:
    for each in assessed:
        if each.omitted in _FREE or (not each.omitted and each.payer == payer):
            vat = Vat(each.vat_rate, each.vat_amount)
            days = (each.ends_on - each.begins_on).days
            return Due(days, CorrectedLine(each.amount, each.lines, vat))
    if any(each.omitted not in _NOT_THE_PAYERS for each in assessed):
        return None
    return Due(0, CorrectedLine(0, [], NO_VAT))


def _corrected(line: BillLine) -> Iterator[Correction]:
    charge = line.charge
    due = due_of(charge)
    if due is None or due.corrected.amount == charge.amount:
        return
    yield Correction(
        line=line,
        before=Money(charge.amount, charge.currency),
        after=Money(due.corrected.amount, charge.currency),
        corrected=due.corrected,
    )
