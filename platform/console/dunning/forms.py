"""The forms of waivers, reminder steps and pauses."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from console.unit_field import UnitField
from core.models import Site
from fees.models import ReminderStep
from fees.services.reminders import EARLIEST, LATEST
from people.accounts.ports import sms
from ui.amounts import AmountField, set_currency
from ui.forms import Day, PlainForm, ReasonForm


class WaiverForm(ReasonForm):
    """How much of a late fee is waived, and why."""

    amount = AmountField(label=_("Amount waived"))
    field_order = ("amount", "reason")

    def __init__(self, currency: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_currency(self, currency)


class ChannelsForm(PlainForm):
    """By what payers are reminded; by mail alone where no text messages are sent."""

    channels = forms.ChoiceField(
        label=pgettext_lazy("reminder", "Sent"),
        choices=ReminderStep.Channels.choices,
        initial=ReminderStep.Channels.FIRST,
        help_text=_("To payers who have an address for it."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if sms() is None:
            mail, channels = ReminderStep.Channels.MAIL, self.fields["channels"]
            assert isinstance(channels, forms.ChoiceField)  # noqa: S101 - declared above
            channels.choices = [(mail.value, mail.label)]
            channels.initial = mail.value
            channels.help_text = _("Text messages are not set up.")


class StepForm(ChannelsForm):
    """When payers are reminded, and by what."""

    days = forms.IntegerField(
        label=_("Days after the due date"),
        min_value=EARLIEST,
        max_value=LATEST,
        help_text=_("Below zero for days before it, such as -3."),
    )
    field_order = ("days", "channels")


class PauseForm(ReasonForm):
    """Which unit is not reminded, until when, and why."""

    unit = UnitField()
    until = Day(label=_("Until"))
    field_order = ("unit", "until", "reason")

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unit = self.fields["unit"]
        assert isinstance(unit, UnitField)  # noqa: S101 - declared above
        unit.site = site
