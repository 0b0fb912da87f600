"""The forms of how incidents are handled."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from console.device_codes import devices_of
from core.models import Site
from incidents import kinds
from incidents.inhibition import Inhibition, Relation
from incidents.services.muting import MAX_MINUTES
from ui.forms import PlainForm


class TimesForm(PlainForm):
    """How long incidents are grouped, and may come again without a notification."""

    group_minutes = forms.IntegerField(
        label=gettext_lazy("Group incidents of one place within (minutes)"),
        min_value=0,
        max_value=MAX_MINUTES,
        help_text=gettext_lazy("They are shown and notified together. 0 for never."),
    )
    cool_down_minutes = forms.IntegerField(
        label=gettext_lazy("Cool-down after the end (minutes)"),
        min_value=0,
        max_value=MAX_MINUTES,
        help_text=gettext_lazy(
            "An incident that comes again within this time notifies nobody, unless it is more"
            " severe or extreme. 0 for never."
        ),
    )


class ProcedureForm(PlainForm):
    """The steps of a procedure."""

    steps = forms.CharField(
        label=gettext_lazy("Steps"),
        required=False,
        max_length=8000,
        widget=forms.Textarea({"rows": 10}),
        help_text=gettext_lazy("One step a line. Empty for no procedure."),
    )


class InhibitionForm(PlainForm):
    """Which active incidents hide which."""

    by = forms.ChoiceField(label=gettext_lazy("While this kind is active"))
    device = forms.CharField(
        label=gettext_lazy("Only of this device"),
        required=False,
        max_length=60,
        help_text=gettext_lazy("Its code, such as that of the site's router. Empty for any."),
    )
    relation = forms.ChoiceField(label=gettext_lazy("It hides incidents"), choices=Relation.choices)
    hides = forms.MultipleChoiceField(
        label=gettext_lazy("Of these kinds"),
        widget=forms.CheckboxSelectMultiple({"class": "choices-beside"}),
    )

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._site = site
        labels = [(code, capfirst(str(label))) for code, label in kinds.choices()]
        for name in ("by", "hides"):
            self.fields[name].choices = labels  # type: ignore[attr-defined]

    def clean_device(self) -> int | None:
        """Return the key of the device; an unknown code is an error."""
        code = self.cleaned_data["device"].strip()
        return devices_of(self._site, [code])[0].pk if code else None

    def rule(self) -> Inhibition:
        """Return what was entered."""
        data = self.cleaned_data
        return Inhibition(data["by"], data["relation"], tuple(data["hides"]), data["device"])
