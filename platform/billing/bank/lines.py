"""One line of a bank statement, and the key that makes a second import of it a no-op."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from core.errors import Rejection

LARGEST_BYTES = 10 * 1024 * 1024
MOST_LINES = 50_000
# The largest amount that a ledger line holds.
MAX_MINOR = 2**63 - 1


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A movement of a bank account.

    Attributes:
        booked_on: the bank's booking date.
        amount: in minor units; below zero where money left the account.
        currency: of the amount.
        name: who paid or was paid; may be empty.
        text: what the payer wrote, with structured references.
        reference: the bank's own reference of the entry; may be empty.
    """

    booked_on: date
    amount: int
    currency: str
    name: str = ""
    text: str = ""
    reference: str = ""


def with_keys(lines: Iterable[StatementLine]) -> Iterator[tuple[str, StatementLine]]:
    """Yield each line with a key that is the same in every file that has the line.

    Lines that are equal in all that a file says are told apart by their order on their day.
    """
    seen: Counter[str] = Counter()
    for line in lines:
        parts = (
            line.booked_on.isoformat(),
            str(line.amount),
            line.currency,
            line.reference,
            # A bank's own reference is enough; texts are spelled differently by format.
            *(() if line.reference else (line.name, line.text)),
        )
        digest = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
        seen[digest] += 1
        number = seen[digest]
        yield (digest if number == 1 else f"{digest[:56]}-{number}"), line


def oldest_first(lines: Sequence[StatementLine]) -> list[StatementLine]:
    """Return the lines of a file in the order of their days, also where it has the newest first.

    Lines of one day keep the order in which the bank booked them.
    """
    is_descending = lines[0].booked_on > lines[-1].booked_on
    booked = reversed(lines) if is_descending else lines
    return sorted(booked, key=lambda line: line.booked_on)


def require_size(size: int) -> None:
    """Reject a file that no bank would write.

    Raises:
        Rejection: it has more than `LARGEST_BYTES`.
    """
    if size > LARGEST_BYTES:
        raise Rejection(
            "file",
            "too_large",
            _("has %(size)s bytes, more than %(most)s") % {"size": size, "most": LARGEST_BYTES},
            _("split it into several files"),
        )


def limited(lines: Iterable[StatementLine]) -> list[StatementLine]:
    """Return the lines of a file.

    Raises:
        Rejection: there are none, more than `MOST_LINES`, or an amount is out of range.
    """
    found = []
    for line in lines:
        found.append(line)
        if len(found) > MOST_LINES:
            raise Rejection(
                "file",
                "too_many",
                _("contains more than %(most)s rows") % {"most": MOST_LINES},
                _("split it into several files"),
            )
        if abs(line.amount) > MAX_MINOR:
            raise not_a_statement(_("an amount is out of range"))
    if not found:
        raise not_a_statement(_("it has no booked entries"))
    return found


def not_a_statement(problem: str) -> Rejection:
    """Return the rejection of a file that cannot be read as a bank statement."""
    return Rejection(
        "file", "not_a_statement", problem, _("download the statement from the bank again")
    )
