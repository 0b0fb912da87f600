"""Forms of discounts, leases, shared costs and single charges."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from console.fees.forms.fields import MonthField, OfSite, PayerForm, RowsField, UnitField
from core.models import Site
from estate.models import Building
from fees.models import Discount, FeeItem, SharedCost
from fees.selectors import active_items
from fees.services.ahead import MOST_MONTHS
from fees.services.leases import NewStep
from people.periods import ends_after
from ui.amounts import AmountField
from ui.forms import Day, PlainForm

_LAST_DAY = _("Leave empty for no last day.")


def item_field(**kwargs: Any) -> forms.ModelChoiceField:
    """Return a field for a fee item, whose choices `offer_items` sets."""
    return forms.ModelChoiceField(label=_("Fee"), queryset=FeeItem.objects.none(), **kwargs)


def offer_items(form: forms.Form, site: Site, *methods: str) -> None:
    """Offer the fee items of a site with one of these methods."""
    field = form.fields["item"]
    assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - by `item_field`
    field.queryset = active_items(site).filter(method__in=methods)


def building_field() -> forms.ModelChoiceField:
    """Return a field for a building, whose choices the form sets."""
    return forms.ModelChoiceField(
        label=_("Building"),
        queryset=Building.objects.none(),
        required=False,
        empty_label=_("all"),
    )


def offer_buildings(form: forms.Form, site: Site) -> None:
    """Offer the buildings in use of a site."""
    field = form.fields["building"]
    assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - by `building_field`
    field.queryset = Building.objects.in_use().filter(site=site).order_by("code")


class DiscountForm(OfSite):
    """A discount to request."""

    item = item_field()
    kind = forms.ChoiceField(label=_("Granted for"), choices=Discount.Kind.choices)
    percent = forms.DecimalField(
        label=_("Percent"), min_value=0, max_value=100, max_digits=5, decimal_places=2
    )
    months = forms.IntegerField(
        label=_("Months paid ahead"),
        min_value=0,
        max_value=60,
        required=False,
        help_text=_("At least so many at once; only for months paid ahead."),
    )
    unit = UnitField(required=False, help_text=_("Leave empty for all units."))
    begins_on = Day(label=_("From"))
    ends_on = Day(label=_("Last day"), required=False, help_text=_LAST_DAY)
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(site, *args, **kwargs)
        offer_items(self, site, *FeeItem.MONTHLY)

    def clean(self) -> dict[str, Any]:
        """Return the arguments of the service."""
        data = super().clean() or self.cleaned_data
        data["months"] = data.get("months") or 0
        data["ends_on"] = ends_after(data.get("ends_on"))
        return data


class LastDayForm(PlainForm):
    """The last day of a discount or a lease."""

    last_day = Day(label=_("Last day"))

    def clean(self) -> dict[str, Any]:
        """Return the day after it."""
        data = super().clean() or self.cleaned_data
        return {"ends_on": ends_after(data.get("last_day"))}


class StepsField(RowsField):
    """Steps of a rent: a day and an amount in each row."""

    currency = "XXX"

    def clean(self, value: Any) -> list[NewStep]:
        """Return the steps.

        Raises:
            ValidationError: a row has other than a day and an amount.
        """
        return [self._step(row) for row in self.rows_of(super().clean(value) or "")]

    def _step(self, row: list[str]) -> NewStep:
        amount = AmountField()
        amount.currency = self.currency
        try:
            day, rent = row
            return NewStep(date.fromisoformat(day), amount.minor(rent))
        except ValueError:
            raise ValidationError(
                gettext("Enter a day and an amount in each row: 2027-01-01 3300")
            ) from None


class LeaseForm(PayerForm):
    """A lease to add."""

    item = item_field()
    unit = UnitField()
    number = forms.CharField(label=_("Contract number"), max_length=40, required=False)
    begins_on = Day(label=_("From"))
    ends_on = Day(label=_("Last day"), required=False, help_text=_LAST_DAY)
    rent = AmountField(label=_("Rent per month"))
    steps = StepsField(
        label=_("Later rents"),
        required=False,
        help_text=_("In each row a day and the rent from then on, such as 2027-01-01 3300."),
    )
    deposit = AmountField(
        label=_("Deposit"), required=False, help_text=_("The tenant is asked for it at once.")
    )

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(site, *args, **kwargs)
        self.fields["name"].label = _("Tenant")
        steps = self.fields["steps"]
        assert isinstance(steps, StepsField)  # noqa: S101 - declared above
        steps.currency = site.currency
        offer_items(self, site, FeeItem.Method.LEASE)


class SharedCostForm(OfSite):
    """A cost of a month to divide."""

    month = MonthField()
    amount = AmountField(label=_("Amount"))
    key = forms.ChoiceField(label=_("Divided"), choices=SharedCost.Key.choices)
    building = building_field()
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(site, *args, **kwargs)
        offer_buildings(self, site)


class SingleChargeForm(PayerForm):
    """A charge or a deposit for one payer."""

    item = item_field()
    amount = AmountField(label=_("Amount"))
    description = forms.CharField(
        label=_("What for"), max_length=120, help_text=_("The payer reads it on the bill.")
    )
    unit = UnitField(required=False)
    happened_on = Day(label=pgettext_lazy("a date", "Day"), required=False)
    due_on = Day(label=_("Due on"), required=False)

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(site, *args, **kwargs)
        offer_items(self, site, FeeItem.Method.ONE_OFF, FeeItem.Method.DEPOSIT)


class AheadForm(OfSite):
    """Months of a unit that are charged at once."""

    unit = UnitField()
    month = MonthField(label=_("First month"))
    months = forms.IntegerField(
        label=_("Number of months"), min_value=1, max_value=MOST_MONTHS, initial=12
    )
