"""The dialog that says what a bank line is that no payer and no bill explains."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing import services
from billing.bank.entries import entries_for, returned_lines
from billing.labels import account_title, entry_title
from billing.models import BankLine, LedgerEntry
from billing.services.bank_entries import CLEARED
from core.models import User
from ui.amounts import AmountField
from ui.forms import PlainForm

_SHOWN = 20
_ENTRY, _RETURNED, _CLEAR, _CHARGES, _ASIDE = "entry", "returned", "clear", "charges", "aside"


class ExplanationForm(PlainForm):
    """What a line is: known to the books, cleared in a sum, charges, sent back, or put aside."""

    what = forms.ChoiceField(label=_("What it is"), widget=forms.RadioSelect)
    charges = AmountField(
        label=_("Kept by the card company or the bank"),
        required=False,
        help_text=_("Where less arrived than the slips come to."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=200,
        help_text=_("Needed where a line is put aside."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )

    def __init__(self, line: BankLine, data: Any) -> None:
        super().__init__(data)
        choices = list(_choices(line))
        self.fields["what"].choices = choices  # type: ignore[attr-defined]
        self.fields["charges"].currency = line.currency  # type: ignore[attr-defined]
        del self.fields["reason" if line.amount > 0 else "charges"]


def explain(line: BankLine, actor: User, data: dict[str, Any]) -> object:
    """Do what was chosen for a line.

    Raises:
        Rejection: it is matched already, or the choice does not fit any more.
    """
    kind, _colon, key = data["what"].partition(":")
    if kind == _ENTRY:
        return services.match_with_entry(line, actor, LedgerEntry.objects.get(pk=key))
    if kind == _RETURNED:
        return services.match_with_returned(line, actor, BankLine.objects.get(pk=key))
    if kind == _CLEAR:
        return services.clear_account(line, actor, key, charges=data["charges"] or 0)
    if kind == _CHARGES:
        return services.book_charges(line, actor)
    return services.put_aside(line, actor, reason=data["reason"])


def _choices(line: BankLine) -> Iterator[tuple[str, str]]:
    for entry in entries_for(line)[:_SHOWN]:
        yield f"{_ENTRY}:{entry.pk}", f"{entry_title(entry)}, {entry.posted_on}"
    if line.amount > 0:
        for code in CLEARED:
            yield f"{_CLEAR}:{code}", _in_a_sum(code)
        return
    for returned in returned_lines(line)[:_SHOWN]:
        names = {"name": returned.name or returned.text, "day": returned.booked_on}
        text = gettext("Sent back: what %(name)s paid on %(day)s") % names
        yield f"{_RETURNED}:{returned.pk}", text
    yield _CHARGES, gettext("Charges of the bank")
    yield _ASIDE, gettext("Nothing of these books: put it aside")


def _in_a_sum(code: str) -> str:
    return gettext("Money that was held as: %(account)s") % {"account": account_title(code)}
