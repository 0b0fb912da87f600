"""Which bill or recorded payment a line of a bank statement may belong to."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any

from django.db.models import QuerySet, Value
from django.db.models.functions import Upper

from billing.bank.entries import entries_for
from billing.ledger import Party
from billing.models import BankAccount, BankLine, Bill, LedgerEntry, OfflineMethod, Payment
from billing.outstanding import bills
from billing.payment_references import references_in
from core.models import Site

State = BankLine.State
# What a cashier recorded is on the statement within so many days; a cheque is cleared later.
_RECORDED_BEFORE, _RECORDED_AFTER = timedelta(days=60), timedelta(days=10)
# How money is recorded at the desk that arrives at the bank by itself.
RECORDED_METHODS = (OfflineMethod.BANK_TRANSFER, OfflineMethod.CHEQUE, OfflineMethod.POS)


class Reason(StrEnum):
    """Why a match is suggested, the best first."""

    RECORDED = "recorded"
    BOOKED = "booked"
    REFERENCE = "reference"
    AMOUNT_AND_NAME = "amount_and_name"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A possible match of a line.

    Attributes:
        reason: why.
        bills: those that it may pay, of one payer; none for a payment that was recorded already.
        payment: that payment.
        entry: the entry of the books that is the same money.
        is_exact: the references are right and the amount is what the bills owe.
    """

    reason: Reason
    bills: tuple[Bill, ...] = ()
    payment: Payment | None = None
    entry: LedgerEntry | None = None
    is_exact: bool = False

    @property
    def payer(self) -> Party | None:
        """Who paid."""
        return self.bills[0].payer if self.bills else None


def bank_accounts(site: Site) -> QuerySet[BankAccount]:
    """Return the site's bank accounts by name."""
    return BankAccount.objects.filter(site=site).order_by("name")


def lines_of(site: Site) -> QuerySet[BankLine]:
    """Return the lines of the site's statements, the latest first."""
    rows = BankLine.objects.filter(account__site=site).select_related(
        "account__site", "payment", "entry"
    )
    return rows.order_by("-booked_on", "-pk")


def open_lines(site: Site) -> QuerySet[BankLine]:
    """Return the lines that wait for a match."""
    return lines_of(site).filter(state=BankLine.State.OPEN)


def suggestion_for(line: BankLine) -> Suggestion | None:
    """Return the best suggestion for a line that waits; None where nothing fits."""
    return suggestions_for([line]).get(line.pk)


def suggestions_for(lines: Iterable[BankLine]) -> dict[int, Suggestion]:
    """Return the best suggestions for those lines of a site that wait, by the line's key.

    Bills and payments are read once for all lines.
    """
    waiting = [line for line in lines if line.state in (State.OPEN, State.OUTGOING)]
    candidates = _Candidates([line for line in waiting if line.state == State.OPEN])
    found = {line.pk: candidates.best_for(line) for line in waiting}
    return {pk: suggestion for pk, suggestion in found.items() if suggestion is not None}


class _Candidates:
    """What open lines of one site may belong to; each kind is read when it is first needed."""

    def __init__(self, lines: Sequence[BankLine]) -> None:
        self._lines = lines

    def best_for(self, line: BankLine) -> Suggestion | None:
        """Return the best suggestion for one of the lines, or for an outgoing one."""
        if line.state == State.OUTGOING:
            return _booked(line)
        found = self._recorded(line) or self._by_reference(line)
        return found or _booked(line) or self._by_amount_and_name(line)

    def _recorded(self, line: BankLine) -> Suggestion | None:
        """Find money that a cashier recorded, of the same amount, whose reference fits."""
        written = _bare(f"{line.reference} {line.text}")
        since, until = line.booked_on - _RECORDED_BEFORE, line.booked_on + _RECORDED_AFTER
        for payment in self._payments[line.amount, line.currency]:
            reference = _bare(payment.offline_detail.reference)
            is_near = since <= payment.offline_detail.dated_on <= until
            if is_near and len(reference) >= 4 and reference in written:
                return Suggestion(Reason.RECORDED, payment=payment)
        return None

    def _by_reference(self, line: BankLine) -> Suggestion | None:
        """Find the bills that a line quotes; those of several payers are for a person to tell."""
        references = _references_of(line)
        quoted = [self._quoted[each] for each in references if each in self._quoted]
        found = tuple(bill for bill in quoted if bill.currency == line.currency)
        if len({bill.payer for bill in found}) != 1:
            return None
        exact = len(found) == len(references) and sum(bill.owed for bill in found) == line.amount
        ordered = tuple(sorted(found, key=lambda bill: (bill.due_on, bill.pk)))
        return Suggestion(Reason.REFERENCE, ordered, is_exact=exact)

    def _by_amount_and_name(self, line: BankLine) -> Suggestion | None:
        """Find the only bill of that payer's name that owes exactly the amount."""
        found = self._named[line.name.casefold(), line.amount, line.currency] if line.name else []
        return Suggestion(Reason.AMOUNT_AND_NAME, (found[0],)) if len(found) == 1 else None

    @cached_property
    def _payments(self) -> dict[tuple[int, str], list[Any]]:
        """The money that was recorded and is on no statement, by amount and currency."""
        days = [line.booked_on for line in self._lines]
        rows = Payment.objects.filter(
            site=self._site,
            state=Payment.State.PAID,
            method__in=RECORDED_METHODS,
            amount__in={line.amount for line in self._lines},
            bank_line=None,
            offline_detail__dated_on__range=(
                min(days) - _RECORDED_BEFORE,
                max(days) + _RECORDED_AFTER,
            ),
        )
        found: dict[tuple[int, str], list[Any]] = defaultdict(list)
        for payment in rows.select_related("offline_detail").order_by("pk"):
            found[payment.amount, payment.currency].append(payment)
        return found

    @cached_property
    def _quoted(self) -> dict[str, Any]:
        """The bills that the lines quote, by their payment references."""
        references = {each for line in self._lines for each in _references_of(line)}
        if not references:
            return {}
        rows = bills(self._site).filter(payment_reference__in=references).select_related("site")
        return {bill.payment_reference: bill for bill in rows}

    @cached_property
    def _named(self) -> dict[tuple[str, int, str], list[Any]]:
        """The bills whose payers the lines name, by name, amount and currency."""
        names = [Upper(Value(name)) for name in {line.name for line in self._lines if line.name}]
        rows: QuerySet[Any] = bills(self._site).alias(upper_name=Upper("payer_name"))
        amounts = {line.amount for line in self._lines}
        found: dict[tuple[str, int, str], list[Any]] = defaultdict(list)
        for bill in rows.filter(upper_name__in=names, owed__in=amounts).select_related("site"):
            found[bill.payer_name.casefold(), bill.owed, bill.currency].append(bill)
        return found

    @property
    def _site(self) -> Site:
        return self._lines[0].account.site


def _booked(line: BankLine) -> Suggestion | None:
    """Find the only entry of the books that moved the amount on the bank's account."""
    found = list(entries_for(line)[:2])
    return Suggestion(Reason.BOOKED, entry=found[0]) if len(found) == 1 else None


def _references_of(line: BankLine) -> set[str]:
    return set(references_in(f"{line.text} {line.reference}"))


def _bare(text: str) -> str:
    return "".join(text.split()).casefold()
