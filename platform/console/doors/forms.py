"""Forms about doors and groups of doors."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.models import Site
from estate.models import DoorGroup
from ui.forms import PlainForm, reason_field


class GroupReasonForm(PlainForm):
    """A group of doors, and why something is done to it."""

    group = forms.ModelChoiceField(label=_("Group of doors"), queryset=DoorGroup.objects.none())
    reason = reason_field()

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["group"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = DoorGroup.objects.in_use().filter(site=site).order_by("name")


class BeginMusterForm(PlainForm):
    """Whether a muster is a drill."""

    is_drill = forms.BooleanField(label=_("It is a drill"), required=False)


class MusterRulesForm(PlainForm):
    """After how long it is unsure whether somebody is still inside."""

    sure_hours = forms.IntegerField(
        label=_("Unsure after (h)"),
        min_value=1,
        max_value=168,
        help_text=_("Who was last seen longer ago is listed as unsure."),
    )
