"""The form of days of the calendar."""

from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ui.forms import Day, PlainForm


def _weekday(value: str) -> int | None:
    """Return the day of the week that was chosen; None for a holiday."""
    return int(value) if value else None


class DaysForm(PlainForm):
    """A holiday of one day or several, or days that count as another day of the week."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=80, widget=forms.TextInput({"autocomplete": "off"})
    )
    first = Day(label=gettext_lazy("First day"))
    last = Day(
        label=gettext_lazy("Last day"), required=False, help_text=gettext_lazy("Empty: one day.")
    )
    weekday = forms.TypedChoiceField(
        label=gettext_lazy("Counts as"),
        required=False,
        coerce=_weekday,
        empty_value=None,
        help_text=gettext_lazy(
            "A day of the week for days off that are working days to make up for a holiday."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["weekday"].choices = [("", _("holiday")), *WEEKDAYS.items()]  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """Return the arguments of the service."""
        data = self.cleaned_data
        return {**data, "last": data["last"] or data["first"]}
