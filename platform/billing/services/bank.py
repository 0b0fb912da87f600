"""Bank statements: imported once per line, matched with bills or recorded payments, undone.

The money of each incoming line is posted to the bank account and to suspense. A match makes a
payment out of suspense; undoing it puts the money back there. What was paid out is posted once a
person says what it was (`bank_entries`). So the bank's account in the ledger is the sum of its
statements. The line's row is the lock of its match, and is locked before the causes of charges.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from billing import ledger, topics
from billing.bank.camt import is_xml, read_camt
from billing.bank.csv_lines import read_csv
from billing.bank.lines import StatementLine, limited, oldest_first, require_size, with_keys
from billing.bank.suggestions import RECORDED_METHODS, Suggestion, suggestion_for
from billing.ledger import NewEntry, Party
from billing.methods import account_of_payment
from billing.models import (
    Account,
    BankAccount,
    BankLine,
    Bill,
    Charge,
    LedgerLine,
    OfflineMethod,
    Payment,
)
from billing.outstanding import owed_by, owed_of_bill
from billing.services.bank_entries import match_with_entry, release_entry
from billing.services.bank_lines import State, lock_line, memo_of, post, record, sides
from billing.services.deadlock_retry import retry_deadlock
from billing.services.desk import Received, take_payment
from billing.services.voids import lock_payment, require_no_refund, reverse_payment
from core import audit, clock, live
from core.errors import Rejection
from core.models import User

Code = Account.Code


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a statement.

    Attributes:
        new: how many lines were added.
        known: how many were imported before.
        matched: how many of the new ones were matched without a person.
    """

    new: int
    known: int
    matched: int


def import_statement(account: BankAccount, actor: User, data: bytes) -> Imported:
    """Add the lines of a statement that are new, and match those that fit exactly.

    The days of the file may be in either order: the oldest line is matched first.

    Args:
        account: whose statement.
        actor: who imports it.
        data: a camt.053 file, or a table as CSV or XLSX.

    Raises:
        Rejection: the file is none of these, too large, of another account or currency.
    """
    require_size(len(data))
    read = read_camt(data, account.number) if is_xml(data) else None
    currency = account.site.currency
    lines = oldest_first(limited(read or read_csv(data, currency, account.columns)))
    other = next((line.currency for line in lines if line.currency != currency), "")
    if other:
        raise Rejection(
            "file",
            "other_currency",
            _("is of an account in %(currency)s") % {"currency": other},
            _("import statements in the currency of the site"),
        )
    added = _add(account, actor, lines)
    matched = _match_exact(added, actor) if account.matches_exact else 0
    return Imported(len(added), len(lines) - len(added), matched)


@transaction.atomic
def save_account(account: BankAccount, actor: User) -> BankAccount:
    """Add a bank account, or store its changed settings.

    Raises:
        Rejection: the site has another account of that name.
    """
    same = BankAccount.objects.filter(site=account.site, name=account.name).exclude(pk=account.pk)
    if same.exists():
        raise Rejection(
            "name", "taken", _("an account of this name exists"), _("choose another name")
        )
    account.save()
    audit.record(account.site, actor, "change bank account", ("bank_account", account.pk))
    live.announce(topics.BANK, account.site_id)
    return account


@retry_deadlock
@transaction.atomic
def match_with_bills(line: BankLine, actor: User | None, bills: Sequence[Bill]) -> Payment:
    """Pay bills with a line's money; what exceeds them is credit of their payer.

    Args:
        line: one that waits for a match.
        actor: who confirms it; None where it fits exactly and is matched by itself.
        bills: of the same site and of one payer.

    Raises:
        Rejection: the line is matched already, or the bills are of several payers.
    """
    line = lock_line(line, State.OPEN)
    if len({bill.payer for bill in bills}) != 1:
        raise Rejection(
            "bills",
            "several_payers",
            _("these bills are of several payers"),
            _("choose the payer whose debts it pays"),
        )
    charges = [each.charge for bill in bills for each in owed_of_bill(bill)]
    return _pay(line, actor, bills[0].payer, charges)


@retry_deadlock
@transaction.atomic
def match_with_payer(line: BankLine, actor: User, payer: Party) -> Payment:
    """Pay what a payer owes with a line's money, the oldest due first; the rest is credit.

    Raises:
        Rejection: the line is matched already.
    """
    line = lock_line(line, State.OPEN)
    charges = [
        each.charge
        for each in owed_by(line.account.site, payer)
        if each.money.currency == line.currency
    ]
    return _pay(line, actor, payer, charges)


@transaction.atomic
def match_with_recorded(line: BankLine, actor: User, payment: Payment) -> Payment:
    """Match a line with money that was recorded at the desk: it is the same, and has arrived.

    A transfer was posted to the bank's account then; a cheque and a card leave their own accounts.

    Raises:
        Rejection: the line or the payment is matched already, or the payment differs.
    """
    line = lock_line(line, State.OPEN)
    payment = Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
    fits = (
        payment.site_id == line.account.site_id
        and payment.state == Payment.State.PAID
        and payment.method in RECORDED_METHODS
        and (payment.amount, payment.currency) == (line.amount, line.currency)
        and not BankLine.objects.filter(payment=payment).exists()
    )
    if not fits:
        raise Rejection(
            "payment",
            "not_matching",
            _("this payment is of another amount or method, or is matched already"),
            _("choose another match"),
        )
    post(line, "bank-match", sides(line, -line.amount, account_of_payment(payment)))
    return _matched(line, actor, payment)


@retry_deadlock
@transaction.atomic
def undo_match(line: BankLine, actor: User) -> BankLine:
    """Let a line wait again; a payment that was made from it becomes void.

    Money that came in is in suspense then.

    Raises:
        Rejection: the line is not matched, or its payment was refunded.
    """
    line = lock_line(line)
    if line.entry is not None or line.state == State.NOTED:
        release_entry(line, actor)
        return line
    if line.state != State.MATCHED or line.payment is None:
        raise Rejection("line", "not_matched", _("this line is not matched"), _("reload the list"))
    payment = lock_payment(line.payment)
    require_no_refund(payment)
    _require_paid(payment)
    if _was_made_from(line, payment):
        reverse_payment(payment, Code.SUSPENSE, line.party)
    else:
        post(line, "bank-unmatch", sides(line, line.amount, account_of_payment(payment)))
    line.state, line.payment = State.OPEN, None
    line.save(update_fields=["state", "payment"])
    record(line, actor, "undo bank match", payment=payment.public_id)
    return line


def confirm_suggestion(line: BankLine, actor: User | None, suggestion: Suggestion) -> object:
    """Match a line as it was suggested.

    Raises:
        Rejection: as of `match_with_bills` and `match_with_recorded`.
    """
    if suggestion.bills:
        return match_with_bills(line, actor, suggestion.bills)
    if suggestion.entry is not None and actor is not None:
        return match_with_entry(line, actor, suggestion.entry)
    if suggestion.payment is None or actor is None:
        raise ValueError("what is in the books already is matched by a person")
    return match_with_recorded(line, actor, suggestion.payment)


@transaction.atomic
def _add(account: BankAccount, actor: User, lines: Sequence[StatementLine]) -> list[BankLine]:
    """Insert the lines that the account lacks, and post those that brought money."""
    list(BankAccount.objects.select_for_update(no_key=True).filter(pk=account.pk))
    keyed = dict(with_keys(lines))
    rows = BankLine.objects.filter(account=account, key__in=list(keyed))
    known = set(rows.values_list("key", flat=True))
    now = clock.now()
    added = BankLine.objects.bulk_create(
        BankLine(
            account=account,
            key=key,
            booked_on=line.booked_on,
            amount=line.amount,
            currency=line.currency,
            name=line.name,
            text=line.text,
            reference=line.reference,
            state=State.OPEN if line.amount > 0 else State.OUTGOING,
            imported_at=now,
            imported_by=actor,
        )
        for key, line in keyed.items()
        if key not in known and line.amount
    )
    entries = [
        NewEntry(f"bank-line:{line.pk}", memo_of(line), sides(line, line.amount), now)
        for line in added
        if line.amount > 0
    ]
    if entries:
        ledger.book_new(account.site, entries)
    audit.record(
        account.site, actor, "import statement", ("bank_account", account.pk), lines=len(added)
    )
    live.announce(topics.BANK, account.site_id)
    return added


def _match_exact(lines: Sequence[BankLine], actor: User) -> int:
    """Match the lines whose reference and amount fit a bill; each in its own transaction."""
    matched = 0
    for line in lines:
        found = suggestion_for(line) if line.state == State.OPEN else None
        if found is not None and found.is_exact:
            confirm_suggestion(line, None, found)
            matched += 1
    return matched


def _pay(line: BankLine, actor: User | None, payer: Party, charges: Sequence[Charge]) -> Payment:
    received = Received(
        OfflineMethod.BANK_TRANSFER,
        line.amount,
        (line.reference or line.text)[:80],
        line.booked_on,
        held_for=line.party,
    )
    taker = actor or line.imported_by
    payment = take_payment(line.account.site, taker, payer, received, charges)
    return _matched(line, actor, payment)


def _matched(line: BankLine, actor: User | None, payment: Payment) -> Payment:
    line.state, line.payment, line.matches = State.MATCHED, payment, line.matches + 1
    line.save(update_fields=["state", "payment", "matches"])
    record(line, actor or "bank import", "match bank line", payment=payment.public_id)
    return payment


def _require_paid(payment: Payment) -> None:
    if payment.state != Payment.State.PAID:
        raise Rejection(
            "line",
            "payment_void",
            _("the payment of this line is void: the bank returned it"),
            _("match the line of the return instead"),
        )


def _was_made_from(line: BankLine, payment: Payment) -> bool:
    kind, pk = line.party
    rows = LedgerLine.objects.filter(
        entry__reference=payment.reference, party_type=kind, party_id=pk
    )
    return rows.exists()
