"""The form that starts a billing run."""

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.models import Site
from estate.models import Building
from fees.models import FeeItem
from fees.rules.months import first_after
from fees.selectors import chargeable_in, monthly_items
from people.periods import today
from ui.forms import PlainForm

# Months that a run may charge, from the present one.
EARLIEST, LATEST = -24, 12


class NewRunForm(PlainForm):
    """The month, the fee items and the building of a run."""

    month = forms.DateField(
        label=_("Month"),
        input_formats=["%Y-%m"],
        widget=forms.DateInput({"type": "month"}, format="%Y-%m"),
    )
    items = forms.ModelMultipleChoiceField(
        label=_("Fees"),
        queryset=FeeItem.objects.none(),
        widget=forms.CheckboxSelectMultiple({"class": "choices"}),
    )
    building = forms.ModelChoiceField(
        label=_("Building"),
        queryset=Building.objects.none(),
        required=False,
        empty_label=_("all buildings"),
    )

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        month = today(site).replace(day=1)
        items = monthly_items(site)
        initial = {"month": month, "items": items}
        super().__init__(*args, initial=initial, **kwargs)
        self._first, self._last = first_after(month, EARLIEST), first_after(month, LATEST)
        self._choice("items").queryset = items
        self._choice("building").queryset = site.buildings.in_use().order_by("code")

    def clean_month(self) -> date:
        """Return the first day of the month, which is not far from the present one."""
        month: date = self.cleaned_data["month"]
        if not self._first <= month <= self._last:
            raise forms.ValidationError(
                _("Choose a month from %(first)s to %(last)s.")
                % {"first": f"{self._first:%Y-%m}", "last": f"{self._last:%Y-%m}"}
            )
        return month

    def clean(self) -> dict[str, Any]:
        """Return the run's values; of its fees, one at least can be charged in the month."""
        data = super().clean() or self.cleaned_data
        month, items = data.get("month"), data.get("items")
        if month and items and not chargeable_in(month, items).exists():
            self.add_error(
                "items",
                _("No price of these fees applies in %(month)s. Set a price first.")
                % {"month": f"{month:%Y-%m}"},
            )
        return data

    def _choice(self, name: str) -> Any:
        return self.fields[name]


class PrintForm(PlainForm):
    """The language of printed bills."""

    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
