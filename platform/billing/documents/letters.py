"""Letters that remind of unpaid bills, as PDF: one letter for each payer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from billing.documents.bills import spaced
from billing.documents.pages import document_of
from billing.ledger import Party
from billing.models import Bill
from billing.outstanding import bills
from core.models import Document, Site
from core.money import Money
from estate.models import Unit


@dataclass(frozen=True, slots=True)
class OpenBill:
    """A bill in a letter.

    Attributes:
        money: what is left to pay of it.
        reference: the payment reference, as it is printed.
        days: how many days it is overdue; 0 where it is not.
    """

    bill: Bill
    money: Money
    reference: str
    days: int


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter to one payer: the latest bill has name and address."""

    latest: Bill
    bills: Sequence[OpenBill]

    @property
    def total(self) -> Money:
        """What is to be paid in all."""
        return Money(sum(each.money.minor for each in self.bills), self.latest.currency)

    @property
    def issuer(self) -> dict[str, Any]:
        """Who has issued the bills, as printed on the latest."""
        found: dict[str, Any] = self.latest.snapshot.get("issuer", {})
        return found

    @property
    def is_overdue(self) -> bool:
        """Whether a bill should have been paid already."""
        return any(each.days for each in self.bills)


def letter_of_bill(site: Site, bill: Bill, day: date) -> Document | None:
    """Return the letter of one bill in the active language; None where nothing is owed of it.

    Args:
        day: printed as its date.
    """
    return _document(site, f"reminder-{bill.number}", bills(site).filter(pk=bill.pk), day)


def letters_of_unit(site: Site, unit: Unit, day: date) -> Document | None:
    """Return the letters to all who owe bills of a unit; None where nothing is owed.

    Args:
        day: printed as their date.
    """
    return _document(site, f"reminders-{unit.pk}", bills(site).filter(unit=unit), day)


def _document(site: Site, name: str, rows: Any, day: date) -> Document | None:
    owed = rows.filter(owed__gt=0).select_related("unit__building").order_by("due_on", "pk")
    letters = _letters(owed, day)
    context = {"letters": letters, "day": day}
    return document_of(site, name, "reminder_letters.html", context) if letters else None


def _letters(rows: Iterable[Any], day: date) -> list[Letter]:
    """Return a letter for each payer and currency, with the bills in the order of their dates."""
    found: dict[tuple[Party, str], list[OpenBill]] = {}
    for bill in rows:
        money, reference = Money(bill.owed, bill.currency), spaced(bill.payment_reference)
        line = OpenBill(bill, money, reference, max(0, (day - bill.due_on).days))
        found.setdefault((bill.payer, bill.currency), []).append(line)
    return [Letter(lines[-1].bill, lines) for lines in found.values()]
