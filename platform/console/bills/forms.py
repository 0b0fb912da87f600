"""Forms of bills."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from billing.bill_accounts import BilledLine
from billing.settings import settings_of
from core.models import Site
from core.money import Money
from people.periods import today
from ui.amounts import AmountField
from ui.forms import Day, PlainForm, reason_field

_LINE = "line_"


class RebillForm(PlainForm):
    """When the new bill is due, and why the old one was wrong."""

    due_on = Day(label=pgettext_lazy("a date", "Due"))
    reason = reason_field(help_text=_("Printed on the credit note."))

    def __init__(self, site: Site, data: Any) -> None:
        due_on = today(site) + timedelta(days=settings_of(site).due_days)
        super().__init__(data, initial={"due_on": due_on})


class CreditForm(PlainForm):
    """How much of each line is credited, and why."""

    reason = reason_field(help_text=_("Printed on the credit note."))

    def __init__(self, data: Any, lines: Sequence[BilledLine], currency: str) -> None:
        super().__init__(data)
        self._left = {f"{_LINE}{each.line.pk}": Money(each.left, currency) for each in lines}
        for each in lines:
            if each.left > 0:
                self.fields[f"{_LINE}{each.line.pk}"] = self._amount(each, currency)
        self.order_fields(list(self._left))

    def clean(self) -> dict[str, Any]:
        """Return the arguments of the service: the amounts by line, and the reason."""
        data = super().clean() or self.cleaned_data
        given = {name: data.pop(name) for name in list(data) if name.startswith(_LINE)}
        for name, minor in given.items():
            if minor and minor > self._left[name].minor:
                text = gettext("At most %(amount)s.") % {"amount": self._left[name].written()}
                self.add_error(name, text)
        amounts = {int(name.removeprefix(_LINE)): minor for name, minor in given.items() if minor}
        if not amounts and not self.errors:
            self.add_error(None, gettext("Enter the amount of at least one line."))
        return {**data, "amounts": amounts}

    @staticmethod
    def _amount(each: BilledLine, currency: str) -> AmountField:
        field = AmountField(label=each.title, required=False, initial=each.left)
        field.currency = currency
        field.widget.attrs["class"] = "form-control"
        field.help_text = gettext("At most %(amount)s.") % {
            "amount": Money(each.left, currency).written()
        }
        return field
