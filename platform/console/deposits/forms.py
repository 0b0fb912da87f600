"""Forms of deposits."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from core.money import Money
from ui.amounts import AmountField, set_currency
from ui.forms import PlainForm, reason_field


class SettleForm(PlainForm):
    """What the site keeps of a deposit, and why."""

    kept = AmountField(label=_("Part that is kept"), initial=0)
    reason = reason_field(label=_("Reason for keeping it"), required=False)

    def __init__(self, data: Any, held: Money) -> None:
        super().__init__(data)
        set_currency(self, held.currency)
        self.fields["kept"].help_text = _("Of %(held)s. Leave 0 to give all of it back.") % {
            "held": held.written()
        }
