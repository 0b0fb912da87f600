"""Bank lines that are no payment: money that the books know already, charges, returned transfers.

Incoming money is in suspense, outgoing money is not booked before a person says what it was. The
accounts of the site's banks are locked, so that an entry is matched with one line and a clearing
account pays out no more than it holds.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from billing import ledger
from billing.balances import balances
from billing.bank.entries import entries_for, returned_lines
from billing.ledger import Line
from billing.models import Account, BankAccount, BankLine, LedgerEntry
from billing.services.bank_lines import State, lock_line, memo_of, post, record, sides
from core import validation
from core.errors import Rejection
from core.models import User
from core.money import Money

Code = Account.Code
# Accounts whose money arrives at the bank in sums: card slips, cheques, cash of the safe.
CLEARED = (Code.POS_CLEARING, Code.CHEQUES, Code.SAFE)
_CLEAR, _CHARGE, _RETURN = "bank-clear", "bank-charge", "bank-return"


@transaction.atomic
def match_with_entry(line: BankLine, actor: User, entry: LedgerEntry) -> BankLine:
    """Match a line with an entry that had moved the same money on the bank's account.

    Args:
        line: one that waits for a match, or was paid out.
        entry: of `billing.bank.entries.entries_for`.

    Raises:
        Rejection: the line is matched already, or the entry is of another amount or matched.
    """
    line = _locked(line, State.OPEN, State.OUTGOING)
    if not entries_for(line).filter(pk=entry.pk).exists():
        raise Rejection(
            "entry",
            "not_matching",
            _("this entry is of another amount, or is matched already"),
            _("choose another match"),
        )
    if line.amount > 0:
        post(line, "bank-match", sides(line, -line.amount))
    return _matched(line, actor, entry)


@transaction.atomic
def clear_account(line: BankLine, actor: User, code: str, *, charges: int = 0) -> BankLine:
    """Match a line with money that an account held until the bank credited it.

    Args:
        line: one that waits for a match.
        code: of `CLEARED`.
        charges: what the bank or the card company kept of it, in minor units; an expense.

    Raises:
        Rejection: the line is matched already, or the account holds less.
    """
    line = _locked(line, State.OPEN)
    if code not in CLEARED or charges < 0:
        raise Rejection("code", "unknown", _("choose an account"), _("choose one of the list"))
    _require_held(line, code, line.amount + charges)
    kept = Money(charges, line.currency)
    lines = [
        *sides(line, -line.amount, code),
        Line(code, -kept),
        Line(Code.PROVIDER_FEES, kept),
    ]
    return _matched(line, actor, post(line, _CLEAR, lines))


@transaction.atomic
def book_charges(line: BankLine, actor: User) -> BankLine:
    """Book a line that was paid out as charges of the bank.

    Raises:
        Rejection: the line is matched already, or brought money.
    """
    line = _locked(line, State.OUTGOING)
    money = Money(line.amount, line.currency)
    lines = [Line(Code.BANK, money), Line(Code.PROVIDER_FEES, -money)]
    return _matched(line, actor, post(line, _CHARGE, lines))


@transaction.atomic
def match_with_returned(line: BankLine, actor: User, returned: BankLine) -> BankLine:
    """Match a line that was paid out with the money in suspense that it sent back.

    Raises:
        Rejection: one of them is matched already, or the amounts differ.
    """
    line = _locked(line, State.OUTGOING)
    returned = lock_line(returned, State.OPEN)
    if not returned_lines(line).filter(pk=returned.pk).exists():
        raise Rejection(
            "line",
            "not_matching",
            _("the amounts differ, or the money came later"),
            _("choose another match"),
        )
    entry = post(line, _RETURN, sides(returned, line.amount))
    _matched(returned, actor, entry)
    return _matched(line, actor, entry)


@transaction.atomic
def put_aside(line: BankLine, actor: User, *, reason: str) -> BankLine:
    """Put a line aside that was paid out for something that these books don't keep.

    Raises:
        Rejection: there is no reason, the line is matched already, or brought money.
    """
    validation.require_reason(reason)
    line = lock_line(line, State.OUTGOING)
    line.state, line.note = State.NOTED, reason.strip()
    line.save(update_fields=["state", "note"])
    record(line, actor, "put bank line aside", reason=line.note)
    return line


def release_entry(line: BankLine, actor: User) -> None:
    """Undo what a locked line was matched with or put aside for; it waits again.

    Both lines of a returned transfer wait again.
    """
    entry, lines = line.entry, [line]
    if entry is not None and entry.reference.startswith((_CLEAR, _CHARGE, _RETURN)):
        lines = list(BankLine.objects.select_for_update(no_key=True).filter(entry=entry))
        _reverse(line, entry)
    elif entry is not None and line.amount > 0:
        post(line, "bank-unmatch", sides(line, line.amount))
    for each in lines:
        each.state = State.OPEN if each.amount > 0 else State.OUTGOING
        each.entry, each.note = None, ""
        each.save(update_fields=["state", "entry", "note"])
    record(line, actor, "undo bank match", entry=entry.reference if entry else "")


def _reverse(line: BankLine, entry: LedgerEntry) -> None:
    reversed_lines = [
        Line(
            each.account.code,
            Money(-each.amount, each.account.currency),
            (each.party_type, each.party_id) if each.party_type and each.party_id else None,
        )
        for each in entry.lines.select_related("account")
    ]
    site, reference = line.account.site, f"bank-undo:{entry.pk}"
    ledger.book(site, reference, memo_of(line), reversed_lines, concerns=entry.posted_on)


def _locked(line: BankLine, *states: State) -> BankLine:
    line = lock_line(line, *states)
    rows = BankAccount.objects.filter(site=line.account.site_id).order_by("pk")
    list(rows.select_for_update(no_key=True))
    return line


def _require_held(line: BankLine, code: str, amount: int) -> None:
    held = next(
        (
            each.money
            for each in balances(line.account.site)
            if (each.account, each.money.currency) == (code, line.currency)
        ),
        Money(0, line.currency),
    )
    if amount > held.minor:
        raise Rejection(
            "code",
            "holds_less",
            _("this account holds only %(held)s") % {"held": held.written()},
            _("check whether all slips and cheques were recorded"),
            params={"held": str(held)},
        )


def _matched(line: BankLine, actor: User, entry: LedgerEntry) -> BankLine:
    line.state, line.entry, line.matches = State.MATCHED, entry, line.matches + 1
    line.save(update_fields=["state", "entry", "matches"])
    record(line, actor, "match bank line", entry=entry.reference)
    return line
