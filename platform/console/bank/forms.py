"""Forms of bank accounts and their statements."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.bank.suggestions import bank_accounts
from billing.models import BankAccount
from console.holder_picker import HolderPicker
from core.models import Site
from people.models import Holder
from ui.forms import PlainForm


class StatementForm(PlainForm):
    """A file of a bank, and the account that it is of."""

    account = forms.ModelChoiceField(
        label=pgettext_lazy("bank", "Account"),
        queryset=BankAccount.objects.none(),
        empty_label=None,
    )
    file = forms.FileField(
        label=_("Statement (camt.053, CSV or XLSX)"),
        widget=forms.FileInput({"accept": ".xml,.csv,.txt,.xlsx"}),
    )

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        account: Any = self.fields["account"]
        account.queryset = bank_accounts(site)


def _title(label: Any) -> forms.CharField:
    return forms.CharField(label=label, required=False, max_length=60)


class AccountForm(PlainForm):
    """A bank account, and what its bank calls the columns of its CSV."""

    name = forms.CharField(label=_("Name"), max_length=80)
    number = forms.CharField(
        label=_("Number or IBAN"),
        max_length=40,
        required=False,
        help_text=_("Statements of other accounts are refused."),
    )
    matches_exact = forms.BooleanField(
        label=_("Match lines without asking where reference and amount fit exactly"),
        required=False,
    )
    date = _title(_("Column of the date"))
    amount = _title(_("Column of the amount"))
    credit = _title(_("Column of money in"))
    debit = _title(_("Column of money out"))
    side = _title(_("Column that says in or out"))
    payer = _title(_("Column of the payer"))
    text = _title(_("Column of the text"))
    reference = _title(_("Column of the bank's reference"))

    # The names of the fields by those of `billing.bank.csv_lines`.
    COLUMNS = {
        "date": "date",
        "amount": "amount",
        "credit": "credit",
        "debit": "debit",
        "side": "side",
        "name": "payer",
        "text": "text",
        "reference": "reference",
    }

    @classmethod
    def values_of(cls, account: BankAccount) -> dict[str, Any]:
        """Return the first values for an account."""
        columns = {own: account.columns.get(name, "") for name, own in cls.COLUMNS.items()}
        return {
            "name": account.name,
            "number": account.number,
            "matches_exact": account.matches_exact,
            **columns,
        }

    def apply(self, account: BankAccount) -> BankAccount:
        """Set the entered values on an account, without storing it."""
        data = self.cleaned_data
        account.name, account.number = data["name"], data["number"]
        account.matches_exact = data["matches_exact"]
        titles = {name: data[own] for name, own in self.COLUMNS.items()}
        account.columns = {name: title for name, title in titles.items() if title}
        return account


class PayerForm(HolderPicker):
    """The person or company that a line's money came from."""

    layout = "console/bank/payer_fields.html"
    search_url = "console:find_bank_payers"
    offers_new = False

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(site, *args, **kwargs)
        del self.fields["phone"]
        self.order_fields(("name", "person"))

    def clean_person(self) -> Holder | str:
        """Return the chosen payer, who has to be registered."""
        chosen = super().clean_person()
        if isinstance(chosen, str):
            raise forms.ValidationError(_("Choose a registered person or company."))
        return chosen
