"""Forms of time profiles: names and days, windows of the week, days on which others hold."""

from collections.abc import Mapping
from datetime import time
from typing import Any

from django import forms
from django.db.models import TextChoices
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from doors.profiles import MIDNIGHT
from ui.forms import Day, PlainForm, RevisedForm

_WHOLE_DAY = gettext_lazy("Empty: all day.")


def _time(label: Any, help_text: Any = "") -> forms.TimeField:
    widget = forms.TimeInput({"type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, required=False, widget=widget, help_text=help_text)


class Holidays(TextChoices):
    """What holds on the holidays of the site's calendar."""

    USUAL = "", gettext_lazy("as in other weeks")
    CLOSED = "closed", pgettext_lazy("time profile", "closed all day")
    OTHER = "other", gettext_lazy("other times")


def _require_both(form: forms.Form, begins: str, ends: str) -> None:
    """Add an error where one of two times is missing."""
    missing = [name for name in (begins, ends) if form.cleaned_data.get(name) is None]
    if len(missing) == 1 and not {begins, ends} & form.errors.keys():
        form.add_error(missing[0], _("Enter both times, or none for all day."))


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
    holidays = forms.ChoiceField(
        label=gettext_lazy("On holidays of the calendar"),
        choices=Holidays.choices,
        required=False,
    )
    holiday_begins = _time(pgettext_lazy("holidays", "From"), _WHOLE_DAY)
    holiday_ends = _time(pgettext_lazy("holidays", "Until"))

    def clean(self) -> dict[str, Any]:
        """Require both times of holidays or none."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        _require_both(self, "holiday_begins", "holiday_ends")
        return data

    def values(self) -> dict[str, Any]:
        """Return the arguments of the service that stand in these fields."""
        data = dict(self.cleaned_data)
        times = plain_times(data.pop("holiday_begins"), data.pop("holiday_ends"))
        windows = {Holidays.CLOSED: [], Holidays.OTHER: [times]}
        data["holiday_windows"] = windows.get(data.pop("holidays"))
        return data


class TimesForm(PlainForm):
    """Two times of a day; an end before the beginning is on the next day."""

    place = ""
    begins = _time(gettext_lazy("From"), _WHOLE_DAY)
    ends = _time(gettext_lazy("Until"))

    def clean(self) -> dict[str, Any]:
        """Require both times or none."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        _require_both(self, "begins", "ends")
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
