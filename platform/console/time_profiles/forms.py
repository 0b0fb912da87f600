"""Forms of time profiles: names and days, windows of the week, days on which others hold."""

from collections.abc import Mapping
from datetime import time
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from doors.profiles import MIDNIGHT
from ui.forms import Day, PlainForm, RevisedForm

_WHOLE_DAY = gettext_lazy("Empty: all day.")


def _time(label: Any, help_text: Any = "") -> forms.TimeField:
    widget = forms.TimeInput({"type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, required=False, widget=widget, help_text=help_text)


def plain_times(begins: time | None, ends: time | None) -> dict[str, str]:
    """Return the times of a window as `doors.models.TimeProfile` has them; all day without any."""
    end = f"{ends:%H:%M}" if ends else MIDNIGHT
    if end == "00:00":
        end = MIDNIGHT
    return {"begins": f"{begins:%H:%M}" if begins else "00:00", "ends": end}


class ProfileForm(RevisedForm):
    """The name of a time profile, and the days on which it holds at all."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=80,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    first_on = Day(
        label=gettext_lazy("First day"),
        required=False,
        help_text=gettext_lazy("Empty: from the beginning."),
    )
    last_on = Day(
        label=gettext_lazy("Last day"), required=False, help_text=gettext_lazy("Empty: for good.")
    )


class TimesForm(PlainForm):
    """Two times of a day; an end before the beginning is on the next day."""

    place = ""
    begins = _time(gettext_lazy("From"), _WHOLE_DAY)
    ends = _time(gettext_lazy("Until"))

    def clean(self) -> dict[str, Any]:
        """Require both times or none."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        one_missing = (data.get("begins") is None) != (data.get("ends") is None)
        if one_missing and not {"begins", "ends"} & self.errors.keys():
            missing = "begins" if data.get("begins") is None else "ends"
            self.add_error(missing, _("Enter both times, or none for all day."))
        return data


class WindowForm(TimesForm):
    """A window of the week."""

    days = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Days of the week"),
        choices=list(WEEKDAYS.items()),
        coerce=int,
        widget=forms.CheckboxSelectMultiple({"class": "choices-beside"}),
    )
    field_order = ("days", "begins", "ends")

    def plain(self) -> dict[str, Any]:
        """Return the window as the model has it."""
        data = self.cleaned_data
        return {"days": sorted(data["days"]), **plain_times(data["begins"], data["ends"])}


class ExceptionForm(TimesForm):
    """Days on which other windows hold; none: the profile rests."""

    first = Day(label=gettext_lazy("First day"))
    last = Day(
        label=gettext_lazy("Last day"), required=False, help_text=gettext_lazy("Empty: one day.")
    )
    closed = forms.BooleanField(label=gettext_lazy("Closed on these days"), required=False)
    field_order = ("first", "last", "closed", "begins", "ends")

    def clean(self) -> dict[str, Any]:
        """Require the last day to be no earlier than the first."""
        data = super().clean()
        first, last = data.get("first"), data.get("last")
        if first and last and last < first:
            self.add_error("last", _("The last day is before the first one."))
        return data

    def plain(self) -> dict[str, Any]:
        """Return the exception as the model has it."""
        return plain_exception(self.cleaned_data)


def plain_exception(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the valid values of an `ExceptionForm` as `doors.models.TimeProfile` has them."""
    windows = [] if data["closed"] else [plain_times(data["begins"], data["ends"])]
    last = data["last"] or data["first"]
    return {"first": data["first"].isoformat(), "last": last.isoformat(), "windows": windows}
