"""The form of a statement on a consent."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core import clock
from people.consents import Purpose
from ui.forms import LocalTime, PlainForm

#: Where a consent may have been stated.
CHANNELS = (
    ("paper", _("on paper")),
    ("desk", _("at the desk")),
    ("phone", _("by phone")),
    ("email", _("by e-mail")),
)


class ConsentForm(PlainForm):
    """When and where a consent was given or withdrawn."""

    at = LocalTime(label=_("Stated at"), initial=clock.now)
    channel = forms.ChoiceField(label=_("Stated"), choices=CHANNELS)
    guardian = forms.CharField(
        label=_("Guardian"),
        max_length=120,
        required=False,
        help_text=_("Who gives it for a child under 14 years."),
    )

    def __init__(
        self, purpose: Purpose, *args: Any, withdraws: bool = False, **kwargs: Any
    ) -> None:
        """Ask for the guardian of a child where a consent is given, and for the text's version.

        Args:
            purpose: with several versions of the text, the one that was shown is asked for.
        """
        super().__init__(*args, **kwargs)
        if withdraws:
            del self.fields["guardian"]
        if purpose.version > 1:
            versions = [(str(n), str(n)) for n in range(purpose.version, 0, -1)]
            self.fields["text_version"] = forms.TypedChoiceField(
                label=_("Version of the text"),
                choices=versions,
                coerce=int,
                widget=forms.Select({"class": "form-select"}),
            )
