"""Forms of faces at doors."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from console.holder_picker import HolderPicker
from core import clock
from core.models import Site
from people.consents import is_child
from people.models import Person
from ui.forms import PlainForm


class ChooseForm(HolderPicker):
    """Whose face is to be enrolled."""

    layout = "console/faces/choose_fields.html"
    search_url = "console:find_face_people"
    people_only = True
    offers_new = False

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(site, *args, **kwargs)
        self.fields["name"].label = _("Person")


class DeskConsentForm(PlainForm):
    """That a person who is at the desk has read the text and agrees; a guardian for a child."""

    guardian = forms.CharField(
        label=_("Guardian"),
        max_length=120,
        help_text=_("Who gives it for a child under 14 years."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    agreed = forms.BooleanField(label=_("The person is here, has read the text, and agrees"))

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_child(person, clock.now()):
            del self.fields["guardian"]


class FilingForm(PlainForm):
    """The number under which the authorities have filed the operator."""

    number = forms.CharField(
        label=_("Number of the filing"),
        max_length=80,
        widget=forms.TextInput({"autocomplete": "off"}),
    )
