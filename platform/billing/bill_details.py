"""What the page and the PDF of a bill show: its lines in words, beside those of last period."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.db.models import QuerySet
from django.utils.translation import get_language

from billing import explanations
from billing.models import Bill, BillLine, BillQuestion, Charge, CreditNote
from billing.reductions import Reduction, reductions_of
from billing.services.charging import Cause
from billing.vat import Vat, VatSum, sums_by_rate
from core.money import Money


@dataclass(frozen=True, slots=True)
class BilledItem:
    """One line of a bill.

    Attributes:
        line: the row.
        title: what the charge is called, in the active language.
        lines: the explanation of the amount, with its amounts as money.
        credited: what credit notes took off it.
        questions: what was asked about it, with the answers.
        reductions: what was taken off a late fee, such as a waiver.
        before: what the same cost in the period before; None where there was none.
    """

    line: BillLine
    title: str
    money: Money
    lines: list[tuple[explanations.LineText, Money]]
    credited: Money
    before: Money | None = None
    questions: Sequence[BillQuestion] = ()
    reductions: Sequence[Reduction] = ()

    @property
    def texts(self) -> list[explanations.LineText]:
        """The explanation alone."""
        return [line for line, _money in self.lines]

    @property
    def change(self) -> Money | None:
        """The difference from the period before."""
        return None if self.before is None else self.money - self.before

    @property
    def saved(self) -> Money | None:
        """The difference from the period before, the other way round."""
        return None if self.before is None else self.before - self.money

    @property
    def is_dearer(self) -> bool:
        """Whether it costs more than in the period before."""
        return self.change is not None and self.change.minor > 0


def billed_items(bill: Bill) -> list[BilledItem]:
    """Return the lines of a bill, explained in the active language."""
    rows = bill.lines.select_related("charge__site").prefetch_related("credits", "questions")
    lines = list(rows.order_by("position"))
    before = _before(bill, [line.charge for line in lines])
    reduced = reductions_of(line.charge for line in lines)
    return [
        replace(
            _item(line, bill.currency, before.get(line.charge_id)),
            reductions=reduced.get(Cause.of(line.charge), ()),
        )
        for line in lines
    ]


def vat_billed(items: Iterable[BilledItem], currency: str) -> list[VatSum]:
    """Return the VAT in what a bill asks for, by rate; empty where there is none."""
    charges = [each.line.charge for each in items]
    return sums_by_rate((Vat(each.vat_rate, each.vat_amount) for each in charges), currency)


def credit_notes_of(bill: Bill) -> QuerySet[CreditNote]:
    """Return the credit notes of a bill, oldest first."""
    return bill.credit_notes.order_by("issued_at", "pk")


def titles_of(charges: Iterable[Charge]) -> dict[int, str]:
    """Return what charges are called in the active language, by their keys.

    That is the title on the bill of each, read with one query for all, else that of its source.
    """
    by_key = {charge.pk: charge for charge in charges}
    titles = {
        line.charge_id: line.titles.get(get_language() or "") or line.titles.get("en", "")
        for line in BillLine.objects.filter(charge__in=list(by_key))
    }
    return {pk: titles.get(pk) or explanations.title_of(each) for pk, each in by_key.items()}


def title_of(line: BillLine) -> str:
    """Return what a line is called, in the active language."""
    titles: dict[str, str] = line.titles
    return titles.get(get_language() or "") or titles.get("en") or str(line.charge)


def _item(line: BillLine, currency: str, before: int | None) -> BilledItem:
    charge = line.charge
    texts = explanations.explain(charge, charge.lines, charge.amount, title_of(line))
    return BilledItem(
        line=line,
        title=title_of(line),
        money=Money(charge.amount, currency),
        lines=[(text, Money(text.amount, currency)) for text in texts],
        credited=Money(sum(each.amount for each in line.credits.all()), currency),
        before=None if before is None else Money(before, currency),
        questions=sorted(line.questions.all(), key=lambda each: each.asked_at),
    )


def _before(bill: Bill, charges: Sequence[Charge]) -> dict[int, int]:
    """Return what each charge's cause cost in its latest earlier period, by the charge's key."""
    periodic = [each for each in charges if each.period]
    rows = Charge.objects.filter(
        site=bill.site_id,
        source_type__in={each.source_type for each in periodic},
        source_id__in={each.source_id for each in periodic},
        payer_type=bill.payer_type,
        payer_id=bill.payer_id,
        revision=0,
        state__in=Charge.POSTED,
    )
    found: dict[int, int] = {}
    earlier = list(rows.values_list("source_type", "source_id", "period", "amount"))
    for charge in periodic:
        amounts = {
            period: amount
            for kind, source, period, amount in earlier
            if (kind, source) == (charge.source_type, charge.source_id) and period < charge.period
        }
        if amounts:
            found[charge.pk] = amounts[max(amounts)]
    return found
