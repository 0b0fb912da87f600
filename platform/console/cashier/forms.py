"""Forms of the desk and of cash drawers."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from billing.models import Charge, Drawer, OfflineMethod
from billing.services import Received
from core.ids import public_id
from core.money import Money
from ui.amounts import AmountField, set_currency
from ui.forms import Day, PlainForm, reason_field


class _AmountForm(PlainForm):
    """A form with amounts of one currency."""

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_currency(self, currency)


class OpenForm(_AmountForm):
    """The change that a drawer is opened with."""

    float_amount = AmountField(label=_("Change in the drawer"))


class MoveForm(_AmountForm):
    """Cash that is moved between the safe and a drawer."""

    IN, OUT = "in", "out"

    direction = forms.ChoiceField(
        label=_("Direction"),
        choices=[
            (OUT, _("from the drawer into the safe")),
            (IN, _("from the safe into the drawer")),
        ],
    )
    amount = AmountField(label=_("Amount"))
    reason = reason_field()

    def clean(self) -> dict[str, Any]:
        """Return the amount with its sign: above zero into the drawer."""
        data = super().clean() or self.cleaned_data
        if data.pop("direction", self.IN) == self.OUT and "amount" in data:
            data["amount"] = -data["amount"]
        return data


class HandOverForm(_AmountForm):
    """What was counted, where it goes, and why it differs."""

    counted = AmountField(label=pgettext_lazy("cash", "Counted"))
    destination = forms.ChoiceField(label=_("Handed over to"), choices=Drawer.Destination.choices)
    reason = reason_field(label=_("Reason for a difference"), required=False)


class ReturnForm(_AmountForm):
    """Why and when the bank returned a cheque, and what the payer is charged for it."""

    reason = reason_field(label=_("Reason given by the bank"))
    returned_on = Day(label=_("Returned on"))
    was_credited = forms.BooleanField(
        label=_("The bank had credited the cheque before"), required=False
    )
    fee = AmountField(
        label=_("Bank fee charged to the payer"),
        required=False,
        help_text=_("Empty: the payer is charged nothing."),
    )

    def __init__(self, *args: Any, is_matched: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A line of a statement says that it was credited.
        if is_matched:
            del self.fields["was_credited"]

    def clean_fee(self) -> int:
        """Return the fee, 0 for none."""
        return self.cleaned_data["fee"] or 0


class TakeForm(_AmountForm):
    """Money of a payer: for which charges, how it was paid, and how much."""

    charges = forms.TypedMultipleChoiceField(
        label=_("For"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )
    method = forms.ChoiceField(label=_("Method"), choices=OfflineMethod.choices)
    amount = AmountField(label=_("Amount"), required=False)
    reference = forms.CharField(
        label=_("Reference"),
        required=False,
        max_length=80,
        help_text=_("The number of the slip, the transfer or the cheque."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    dated_on = Day(label=_("Date on it"), required=False)
    # A second submission of the same form takes no second payment.
    key = forms.RegexField(r"^[a-z0-9]{20}$", widget=forms.HiddenInput, initial=public_id)

    def __init__(
        self, *args: Any, owed: Sequence[tuple[Charge, str]], allows_part: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._charges = {charge.pk: charge for charge, _label in owed}
        choices = [(charge.pk, label) for charge, label in owed]
        cast("forms.TypedMultipleChoiceField", self.fields["charges"]).choices = choices
        self.fields["charges"].initial = list(self._charges)
        if not owed:
            del self.fields["charges"]
            self.fields["amount"].required = True
        self.fields["amount"].help_text = (
            _("Empty: all that the chosen charges owe. Less is a part payment, more is credit.")
            if allows_part
            else _("Empty: all that the chosen charges owe. More is credit of the payer.")
        )

    def add_late_fees(self, accrued: Money, *, come_first: bool) -> None:
        """Add to the help of the amount what late fees until today come to, and their place."""
        text = (
            _("Late fees until today, %(amount)s on all these charges, are added and paid first.")
            if come_first
            else _("Late fees until today, %(amount)s on all these charges, are paid by any rest.")
        )
        field = self.fields["amount"]
        field.help_text = f"{field.help_text} {text % {'amount': accrued.written()}}"

    def clean_charges(self) -> list[Charge]:
        """Return the chosen charges."""
        return [self._charges[pk] for pk in self.cleaned_data["charges"]]

    @staticmethod
    def received(data: Mapping[str, Any]) -> tuple[Received, list[Charge]]:
        """Return the money and the charges of the cleaned data."""
        names = ("method", "amount", "reference", "dated_on")
        return Received(**{name: data[name] for name in names}), data.get("charges", [])
