"""The list of bank lines: columns, filters, suggestions, and confirming them together."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from billing import services
from billing.bank.suggestions import (
    Reason,
    Suggestion,
    bank_accounts,
    lines_of,
    suggestion_for,
    suggestions_for,
)
from billing.labels import entry_title
from billing.models import BankLine
from billing.permissions import BillingPermission
from billing.topics import BANK
from core.models import Site, User
from core.money import Money
from core.text_lists import joined
from ui.forms import ConfirmForm, Day
from ui.lists import (
    BulkAction,
    Column,
    FirstStep,
    ListFilter,
    Listing,
    Preset,
    choice_filter,
    search_filter,
)
from ui.lists.cells import RowPage, dialog_button, in_two_lines, link, state, unbroken
from ui.templatetags.gatehouse import money

State = BankLine.State
_TONES = {State.OPEN: "wait", State.MATCHED: "go", State.OUTGOING: "wait"}
_REASONS = {
    Reason.RECORDED: _("recorded at the desk"),
    Reason.BOOKED: _("the same amount on the bank's account"),
    Reason.REFERENCE: _("by payment reference"),
    Reason.AMOUNT_AND_NAME: _("by amount and name"),
}


class BankFilter(ListFilter):
    """Filters of bank lines."""

    private = frozenset({"q"})

    q = search_filter(_("Payer, text or reference"))
    state = choice_filter(_("State"), State.choices)
    since = Day(label=_("From"), required=False)
    until = Day(label=_("Before"), required=False)


def describe(suggestion: Suggestion) -> tuple[str, str]:
    """Return what a suggestion would match, and why."""
    if suggestion.bills:
        several = len(suggestion.bills) > 1
        text = _("Bills %(number)s of %(name)s") if several else _("Bill %(number)s of %(name)s")
        what = text % {
            "number": joined(bill.number for bill in suggestion.bills),
            "name": suggestion.bills[0].payer_name,
        }
    elif suggestion.entry is not None:
        what = f"{entry_title(suggestion.entry)}, {suggestion.entry.posted_on}"
    else:
        number = suggestion.payment.receipt_no if suggestion.payment else ""
        what = gettext("Receipt %(number)s") % {"number": number}
    return what, str(_REASONS[suggestion.reason])


def _matching(_site: Site, rows: QuerySet[BankLine], text: str) -> QuerySet[BankLine]:
    found = Q(name__icontains=text) | Q(text__icontains=text) | Q(reference__icontains=text)
    return rows.filter(found)


def _with_suggestions(lines: list[Any]) -> list[Any]:
    found = suggestions_for(lines)
    for line in lines:
        line.suggestion = found.get(line.pk)
    return lines


def _matched_with(line: Any) -> object:
    if line.payment is not None:
        return line.payment.receipt_no
    return entry_title(line.entry) if line.entry is not None else line.note


def _match(line: Any, page: RowPage) -> object:
    if line.payment is not None:
        text = gettext("Receipt %(number)s") % {"number": line.payment.receipt_no}
        return link(page.address("console:finance_payment", line.payment_id), text)
    if line.entry is not None or line.note:
        return _matched_with(line)
    return in_two_lines(*describe(line.suggestion)) if line.suggestion else ""


def _acts(line: Any, page: RowPage) -> SafeString:
    acts: list[tuple[str, Any]] = []
    if line.state in (State.MATCHED, State.NOTED):
        acts = [("undo_bank_line", _("Undo"))]
    else:
        acts = [("confirm_bank_line", _("Confirm"))] if line.suggestion else []
        if line.state == State.OPEN:
            acts.append(("match_bank_line", _("Choose payer")))
        acts.append(("explain_bank_line", _("Explain")))
    buttons = (dialog_button(page.address(f"console:{name}", line.pk), text) for name, text in acts)
    return format_html_join("", "{}", ((each,) for each in buttons))


def _confirm(
    _site: Site, actor: User, rows: Sequence[BankLine], _data: Mapping[str, Any]
) -> dict[int, Any]:
    """Match the selected lines that have a suggestion."""
    done: dict[int, Any] = {}
    for line in rows:
        found = suggestion_for(line)
        if found is not None:
            services.confirm_suggestion(line, actor, found)
            done[line.pk] = {}
    return done


def _first_step(site: Site) -> FirstStep:
    """Return the import of a statement, or the account that it needs first."""
    if bank_accounts(site).exists():
        label, url_name = _("Import a statement"), "console:import_statement"
    else:
        label, url_name = _("Add a bank account"), "console:add_bank_account"
    return FirstStep(label, url_name, BillingPermission.MATCH_BANK)


BANK_LINES = Listing(
    name="bank_lines",
    title=_("Bank statements"),
    rows=lines_of,
    columns=(
        Column("day", _("Date"), lambda line: line.booked_on, sort="booked_on", fixed=True),
        Column(
            "account",
            pgettext_lazy("bank", "Account"),
            lambda line: line.account.name,
            exported=True,
        ),
        Column("name", _("Payer"), lambda line: line.name),
        Column("text", _("Text"), lambda line: line.text, exported=True),
        Column("match", _("Match"), _matched_with, prose=True),
        Column("state", _("State"), lambda line: line.get_state_display()),
        Column("currency", _("Currency"), lambda line: line.currency, exported=True),
        Column(
            "amount",
            _("Amount"),
            lambda line: Money(line.amount, line.currency).major(),
            numeric=True,
        ),
        Column("acts", _("Actions"), None, fixed=True),
    ),
    cells={
        "day": lambda line, _page: in_two_lines(unbroken(line.booked_on), line.account.name),
        "name": lambda line, _page: in_two_lines(line.name, line.text),
        "match": _match,
        "state": lambda line, _page: state(
            line.get_state_display(), _TONES.get(State(line.state), "")
        ),
        "amount": lambda line, _page: money(line.amount, line.currency),
        "acts": _acts,
    },
    sort="-day",
    filters=BankFilter,
    lookups={
        "q": _matching,
        "state": "state",
        "since": "booked_on__gte",
        "until": "booked_on__lt",
    },
    first_query={"state": State.OPEN},
    presets=(
        Preset(_("To be matched"), {"state": State.OPEN}),
        Preset(_("Paid out"), {"state": State.OUTGOING}),
        Preset(_("Matched"), {"state": State.MATCHED}),
        Preset(_("All"), {}),
    ),
    actions=(
        BulkAction(
            name="confirm",
            label=_("Confirm matches"),
            permission=BillingPermission.MATCH_BANK,
            question=lambda n: (
                ngettext("Confirm the match of %(n)s line", "Confirm the matches of %(n)s lines", n)
                % {"n": n}
            ),
            consequence=_(
                "The bills are paid with the money of the lines. Lines without a suggestion stay."
            ),
            perform=_confirm,
            form=ConfirmForm,
            done=lambda n: ngettext("%(n)s line matched.", "%(n)s lines matched.", n) % {"n": n},
            most_rows=200,
        ),
    ),
    actions_url="console:bulk_bank_lines",
    prepare=_with_suggestions,
    topics=(BANK.name,),
    empty=_("No lines yet. Add a bank account, and import its statement."),
    first_step=_first_step,
    refreshed=("bank-tools",),
)
