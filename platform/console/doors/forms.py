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
