"""The templates of tariffs: the few values that each asks for."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from console.tariffs.entry_forms import FieldsForm
from core.models import Site
from pricing import TariffError, templates
from pricing.templates import Basis
from ui.amounts import AmountField


def _whole(label: Any, initial: int, least: int = 0, most: int = 1440) -> forms.IntegerField:
    return forms.IntegerField(label=label, initial=initial, min_value=least, max_value=most)


def _time(label: Any, initial: str) -> forms.TimeField:
    widget = forms.TimeInput({"type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, initial=initial, widget=widget)


class TemplateForm(FieldsForm):
    """What every template asks for.

    Attributes:
        title: what the template is called.
        text: what it charges, in a sentence.
        icon: its picture in the list of templates.
        make: the function that makes the document.
    """

    # The list of templates shows the classes themselves.
    do_not_call_in_templates = True
    title: Promise
    text: Promise
    icon = "receipt-2"
    make: Callable[..., dict[str, Any]]

    code = forms.CharField(
        label=_("Code"),
        max_length=60,
        help_text=_("Receipts name the tariff by it, such as main-gate@3."),
    )

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(site.currency, *args, **kwargs)
        self._site = site

    def document(self) -> dict[str, Any] | None:
        """Return the document, or None after adding the error of a value that does not fit."""
        data = dict(self.cleaned_data)
        basis = Basis(
            code=data.pop("code"),
            currency=self._site.currency,
            timezone=self._site.timezone,
            free_minutes=data.pop("free_minutes", 0),
            grace_minutes=data.pop("grace_minutes", 15),
        )
        try:
            return type(self).make(basis, **data)
        except TariffError as error:
            self.add_error(error.at, self.faults[error.at])
            return None

    faults: dict[str, Any] = {}


class FreeForm(TemplateForm):
    """No charge for any stay."""

    title, icon = _("Free parking"), "circle-check"
    text = _("No stay is charged; who comes and goes is recorded all the same.")
    make = staticmethod(templates.free)


class ChargedForm(TemplateForm):
    """A template with prices: free minutes and grace."""

    free_minutes = _whole(_("Free minutes"), 15)
    grace_minutes = _whole(_("Minutes to leave after paying"), 15)


class FirstHourForm(ChargedForm):
    """A first hour, then started units."""

    title, icon = _("First hour, then steps"), "clock"
    text = _("One price for the first hour, another for every started half hour after it.")
    make = staticmethod(templates.first_hour_then_steps)

    first_hour = AmountField(label=_("First hour"))
    unit = _whole(_("Then per started (minutes)"), 30, 1)
    unit_price = AmountField(label=_("Price of each"))


class DayNightForm(ChargedForm):
    """Units by day, one price for a night."""

    title, icon = _("Day and night"), "moon"
    text = _("A price per started hour by day, and one price for the whole night.")
    make = staticmethod(templates.day_and_night)
    faults = {"night_from": _("Enter another time than that of the day.")}

    day_from = _time(_("Day from"), "07:00")
    night_from = _time(_("Night from"), "21:00")
    unit = _whole(_("By day per started (minutes)"), 60, 1)
    day_price = AmountField(label=_("Price of each"))
    night_price = AmountField(label=_("Price of a night"))

    def clean(self) -> dict[str, Any]:
        """Return the times as the document writes them."""
        data = self.cleaned_data
        times = {name: data[name] for name in ("day_from", "night_from") if name in data}
        return data | {name: time.strftime("%H:%M") for name, time in times.items()}


class DailyCapForm(ChargedForm):
    """Units up to a maximum a day."""

    title, icon = _("Daily cap"), "gauge"
    text = _("A price per started hour, and a maximum for every 24 hours.")
    make = staticmethod(templates.daily_cap)

    unit = _whole(_("Per started (minutes)"), 60, 1)
    unit_price = AmountField(label=_("Price of each"))
    cap = AmountField(label=_("At most in 24 hours"))


class MonthlyForm(ChargedForm):
    """Days up to the price of a month."""

    title, icon = _("Monthly"), "calendar"
    text = _(
        "A price per started day, at most that of 30 days; "
        "from the 31st day on, that price for every started 30 days."
    )
    make = staticmethod(templates.monthly)
    faults = {"month_price": _("Enter at least the price of one day, and less than 30 of them.")}

    day_price = AmountField(label=_("Price per day"))
    month_price = AmountField(label=_("Price of 30 days"))


TEMPLATES: dict[str, type[TemplateForm]] = {
    "free": FreeForm,
    "first-hour": FirstHourForm,
    "day-night": DayNightForm,
    "daily-maximum": DailyCapForm,
    "monthly": MonthlyForm,
}
