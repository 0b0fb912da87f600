"""Forms of the billing settings."""

from collections.abc import Collection
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from billing.labels import account_title
from billing.models import BillingSettings
from billing.ports import income_accounts
from core.models import Site
from ui.amounts import AmountField, set_currency
from ui.forms import Day, PlainForm, RevisedForm

#: The fields of amounts above which a second person decides.
LIMITS = ("refund_limit", "waiver_limit")
_TIME = {"type": "time"}


class SiteForm(RevisedForm):
    """The rules of a site's bills and payments."""

    due_days = forms.IntegerField(label=_("Days to pay"), min_value=0, max_value=365)
    allows_part_payment = forms.BooleanField(
        label=_("Payers may pay a part of a bill"), required=False
    )
    applies_credit = forms.BooleanField(
        label=_("Credit pays new bills at once"),
        required=False,
        help_text=_("Otherwise it waits until the payer or the staff use it."),
    )
    penalty_order = forms.ChoiceField(
        label=_("What money pays first"), choices=BillingSettings.PenaltyOrder.choices
    )
    refund_limit = AmountField(label=_("Refunds up to this need no second person"))
    waiver_limit = AmountField(label=_("Waivers and write-offs up to this need no second person"))
    link_days = forms.IntegerField(
        label=_("Days that the link of a bill works"), min_value=1, max_value=365
    )
    quiet_from = forms.TimeField(
        label=_("No reminders from"), widget=forms.TimeInput(_TIME, format="%H:%M")
    )
    quiet_until = forms.TimeField(label=_("until"), widget=forms.TimeInput(_TIME, format="%H:%M"))

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in LIMITS:
            self.fields[name].help_text = _("%(currency)s; 0 means always a second person.") % {
                "currency": site.currency
            }
        set_currency(self, site.currency)


class VatRateForm(PlainForm):
    """The VAT of an income account from a day on."""

    account = forms.ChoiceField(label=_("Income account"))
    rate = forms.DecimalField(
        label=_("VAT rate in percent"),
        min_value=0,
        max_value=Decimal("99.99"),
        max_digits=4,
        decimal_places=2,
        help_text=_("Prices and amounts include it; 0 ends the VAT."),
    )
    valid_from = Day(
        label=_("Valid from"),
        help_text=_("What was charged before keeps its VAT. A rate of the same day is replaced."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        accounts = [(code, capfirst(account_title(code))) for code in income_accounts()]
        choices = cast("forms.ChoiceField", self.fields["account"])
        choices.choices = accounts


class OrganisationForm(RevisedForm):
    """What the organisation prints on bills besides its name, address and tax number."""

    bank_name = forms.CharField(label=_("Bank"), max_length=120, required=False)
    bank_account = forms.CharField(
        label=_("Bank account"),
        max_length=60,
        required=False,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    phone = forms.CharField(label=_("Telephone"), max_length=40, required=False)
    bill_prefix = forms.CharField(label=_("Prefix of bill numbers"), max_length=10)
    credit_note_prefix = forms.CharField(label=_("Prefix of credit note numbers"), max_length=10)

    def __init__(self, locked: Collection[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in locked:
            self.fields[name].disabled = True
            self.fields[name].help_text = _(
                "Documents were issued with it, so it can no longer change."
            )
