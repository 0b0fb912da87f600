"""Forms of fee items and their prices."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from console.fees.forms.fields import MonthField, OfSite, TiersField, UnitField
from core.models import Site
from estate.models import Unit
from fees.models import FeeAssignment, FeeItem
from metering.models import Utility
from people.periods import ends_after, today
from ui.forms import Day, PlainForm, RevisedForm

_METHOD = FeeItem.Method
#: Fields that only some methods have.
_ONLY: dict[str, tuple[str, ...]] = {
    "basis": (_METHOD.AREA, _METHOD.SHARED),
    "utility": (_METHOD.METER, _METHOD.SHARED),
    "tier_cycle": (_METHOD.METER,),
    "uses": FeeItem.MONTHLY,
    "for_all": (_METHOD.AREA, _METHOD.FIXED, _METHOD.METER),
    "due_day": FeeItem.MONTHLY,
    "due_months": FeeItem.MONTHLY,
    "income": (*FeeItem.MONTHLY, _METHOD.ONE_OFF),
}
_LAST_DAY = _("Leave empty for no last day.")


class ItemForm(RevisedForm):
    """A fee item of a method."""

    code = forms.SlugField(
        label=_("Code"), max_length=20, help_text=_("Letters and digits, such as property.")
    )
    title = forms.CharField(label=_("Title"), max_length=60)
    title_zh = forms.CharField(label=_("Title in Chinese"), max_length=60, required=False)
    utility = forms.ChoiceField(label=_("Utility"), choices=[("", "–"), *Utility.choices])
    basis = forms.ChoiceField(label=_("Area charged"), choices=FeeItem.Basis.choices)
    tier_cycle = forms.ChoiceField(
        label=_("Tiers count by"), choices=FeeItem.TierCycle.choices, initial="year"
    )
    income = forms.ChoiceField(label=_("Income account"), choices=FeeItem.Income.choices)
    vat_rate = forms.DecimalField(
        label=_("VAT rate in percent"),
        min_value=0,
        max_value=Decimal("99.99"),
        max_digits=4,
        decimal_places=2,
        required=False,
        help_text=_("Prices and amounts include it. Empty: as the billing settings say."),
    )
    due_day = forms.IntegerField(
        label=_("Due on day"),
        min_value=1,
        max_value=31,
        initial=31,
        help_text=_("Of the month charged; 31 is its last day."),
    )
    due_months = forms.IntegerField(
        label=_("Months later"),
        min_value=-12,
        max_value=12,
        initial=0,
        help_text=_("1 for a day of the next month, -1 for one of the month before."),
    )
    uses = forms.MultipleChoiceField(
        label=_("Only for"),
        choices=Unit.Use.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: units of every use."),
    )
    for_all = forms.BooleanField(
        label=_("Charge every unit, not only those that are assigned"),
        required=False,
        initial=True,
    )

    def __init__(self, method: str, *args: Any, is_new: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, methods in _ONLY.items():
            if method not in methods:
                del self.fields[name]
        if method == _METHOD.SHARED:
            self.fields["utility"].required = False
            self.fields["utility"].help_text = _(
                "Whose readings count where it is divided by them."
            )
        if method == _METHOD.ONE_OFF:
            self.fields["income"].initial = FeeItem.Income.OTHER
        if not is_new:
            del self.fields["code"]


class PriceForm(OfSite):
    """A price from a day on, tried on a unit."""

    begins_on = Day(label=_("From"))
    price = forms.DecimalField(
        label=_("Price"), min_value=0, max_digits=16, decimal_places=6, required=False
    )
    tiers = TiersField(
        label=_("Tiers"),
        required=False,
        help_text=_(
            "Instead of one price: in each row the upper bound and the price, such as 180 5.00; "
            "in the last row only the price."
        ),
    )
    unit = UnitField(
        label=_("Try it on a unit"),
        required=False,
        help_text=_("Building and unit, such as 3-0803. You see its amount before you save."),
    )

    def __init__(self, item: FeeItem, *args: Any, **kwargs: Any) -> None:
        super().__init__(item.site, *args, **kwargs)
        self.fields["price"].help_text = _PRICES[item.method] % {"currency": item.currency}
        if item.method != _METHOD.METER:
            del self.fields["tiers"]
            self.fields["price"].required = True


_PRICES: dict[str, Any] = {
    _METHOD.AREA: _("%(currency)s per square metre and month."),
    _METHOD.FIXED: _("%(currency)s per unit and month."),
    _METHOD.METER: _("%(currency)s per unit of consumption."),
    _METHOD.DEPOSIT: _("%(currency)s per unit."),
}


class LateFeeForm(PlainForm):
    """The late fee of an item."""

    rate = forms.DecimalField(
        label=_("Percent per day"),
        min_value=0,
        max_value=100,
        max_digits=7,
        decimal_places=4,
        required=False,
        help_text=_("Such as 0.05. Leave empty for no late fee."),
    )
    grace_days = forms.IntegerField(label=_("Days of grace"), min_value=0, max_value=365, initial=0)
    cap = forms.DecimalField(
        label=_("At most, in percent of what is owed"),
        min_value=Decimal("0.01"),
        max_value=100,
        max_digits=5,
        decimal_places=2,
        initial=100,
    )

    def clean(self) -> dict[str, Any]:
        """Return the arguments of the service."""
        data = super().clean() or self.cleaned_data
        rate = data.pop("rate", None)
        data["rate_per_day"] = rate / 100 if rate else None
        return data


class AssignForm(OfSite):
    """A unit that a fee is charged to, or that is exempt."""

    unit = UnitField()
    kind = forms.ChoiceField(label=_("The unit is"), choices=FeeAssignment.Kind.choices)
    begins_on = Day(label=_("From"))
    ends_on = Day(label=_("Last day"), required=False, help_text=_LAST_DAY)
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)

    def clean_ends_on(self) -> date | None:
        """Return the day after the last one."""
        return ends_after(self.cleaned_data["ends_on"])


class TryForm(OfSite):
    """A unit and a month to work out."""

    unit = UnitField(required=False)
    month = MonthField(required=False)

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(site, *args, **kwargs)
        self.fields["month"].initial = today(site).replace(day=1)
