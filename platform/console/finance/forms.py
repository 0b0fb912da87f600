"""The form that requests a refund."""

from django.utils.translation import gettext_lazy as _

from core.money import Money
from ui.amounts import AmountField, set_currency
from ui.forms import PlainForm, reason_field


class RefundForm(PlainForm):
    """How much is paid back, and why."""

    amount = AmountField(label=_("Amount"))
    reason = reason_field()

    def __init__(self, data: object, due: Money) -> None:
        super().__init__(data, initial={"amount": due.minor})
        set_currency(self, due.currency)
