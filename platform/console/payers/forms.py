"""Forms of payers' accounts."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.models import Charge
from billing.settings import settings_of
from core.models import Site
from core.money import Money
from people.periods import today
from ui.amounts import AmountField, set_currency
from ui.forms import Day, PlainForm, reason_field


class ChargesForm(PlainForm):
    """Charges of a payer, to choose from."""

    charges = forms.MultipleChoiceField(label=_("Charges"), widget=forms.CheckboxSelectMultiple())

    def __init__(self, data: Any, offered: Iterable[tuple[Charge, str, Money]]) -> None:
        rows = list(offered)
        super().__init__(data, initial={"charges": [str(each.pk) for each, *_rest in rows]})
        self._by_key = {str(charge.pk): charge for charge, *_rest in rows}
        choices = [
            (str(charge.pk), f"{title} · {money.written()}") for charge, title, money in rows
        ]
        self.fields["charges"].choices = choices  # type: ignore[attr-defined]

    def clean_charges(self) -> list[Charge]:
        """Return the chosen charges."""
        return [self._by_key[key] for key in self.cleaned_data["charges"]]


class BillForm(ChargesForm):
    """The charges of a new bill, and when it is due."""

    due_on = Day(label=pgettext_lazy("a date", "Due"))

    def __init__(self, data: Any, offered: Iterable[tuple[Charge, str, Money]], site: Site) -> None:
        super().__init__(data, offered)
        days = timedelta(days=settings_of(site).due_days)
        self.fields["due_on"].initial = today(site) + days


class WriteOffForm(ChargesForm):
    """The charges that are written off, and why."""

    reason = reason_field()


class AmountForm(PlainForm):
    """A form with an amount of one currency."""

    amount = AmountField(label=_("Amount"))

    def __init__(self, data: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        set_currency(self, currency)


class RefundCreditForm(AmountForm):
    """How much credit is paid back, and why."""

    reason = reason_field()


class DepositForm(AmountForm):
    """A deposit that is asked for."""

    purpose = forms.CharField(
        label=_("What for"),
        max_length=120,
        help_text=_("The payer reads it, such as “renovation”."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
