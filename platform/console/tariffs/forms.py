"""Forms of tariffs."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core import clock
from core.models import Site
from estate.models import Lot
from ui.forms import LocalTime, PlainForm


class TariffForm(PlainForm):
    """A tariff/1 document to publish."""

    lot = forms.ModelChoiceField(label=_("Car park"), queryset=Lot.objects.none())
    valid_from = LocalTime(label=_("In force from"), initial=clock.now)
    document = forms.CharField(
        label=_("Tariff (tariff/1, JSON)"),
        max_length=200_000,
        widget=forms.Textarea({"class": "code", "spellcheck": "false", "rows": 24}),
    )

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lots = Lot.objects.filter(site=site).select_related("site").order_by("code")
        self.fields["lot"].queryset = lots  # type: ignore[attr-defined]


class PreviewForm(PlainForm):
    """The entry and vehicle of a preview."""

    entry = LocalTime(label=_("Entry"))
    vehicle = forms.ChoiceField(label=_("Vehicle"), required=False)

    def __init__(self, vehicles: list[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("unknown")), *((name, name) for name in vehicles)]
        self.fields["vehicle"].choices = choices  # type: ignore[attr-defined]
