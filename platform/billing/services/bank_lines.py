"""What every change of a bank line has in common: its lock, its postings, its record."""

from django.utils.translation import gettext as _

from billing import ledger, topics
from billing.ledger import Line
from billing.models import Account, BankLine, LedgerEntry
from core import audit, live
from core.errors import Rejection
from core.models import User
from core.money import Money

State = BankLine.State


def lock_line(line: BankLine, *states: State) -> BankLine:
    """Lock a line until commit.

    Args:
        states: those that it may be in; any by default.

    Raises:
        Rejection: it is in another state.
    """
    rows = BankLine.objects.select_for_update(of=("self",), no_key=True)
    locked = rows.select_related("account__site", "payment", "entry", "imported_by").get(pk=line.pk)
    if states and locked.state not in states:
        raise Rejection(
            "line",
            "not_open",
            _("this line is matched already, or paid out"),
            _("reload the list"),
        )
    return locked


def sides(line: BankLine, amount: int, account: str = Account.Code.BANK) -> list[Line]:
    """Return the sides of an entry between an account and the suspense of a line."""
    money = Money(amount, line.currency)
    return [Line(account, money), Line(Account.Code.SUSPENSE, -money, line.party)]


def post(line: BankLine, kind: str, lines: list[Line]) -> LedgerEntry:
    """Post an entry about a line: each match and its undo have their own."""
    reference = f"{kind}:{line.pk}:{line.matches + 1}"
    return ledger.book(line.account.site, reference, memo_of(line), lines)


def memo_of(line: BankLine) -> str:
    """Return what entries about a line say: no name and no text.

    The ledger is kept far longer than personal data may be.
    """
    return f"bank line {line.pk} of {line.booked_on}"


def record(line: BankLine, actor: User | str, action: str, **detail: object) -> None:
    """Record a change of a line, and notify open pages."""
    site, amount = line.account.site, {"amount": line.amount, "currency": line.currency}
    audit.record(site, actor, action, ("bank_line", line.pk), **amount, **detail)
    live.announce(topics.BANK, site.pk, line.pk)
