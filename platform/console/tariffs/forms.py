"""Forms of tariffs and vehicle classes."""

import re
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core import clock
from core.models import Site
from estate.models import Lot
from parking.models import VehicleClass
from ui.forms import LocalTime, PlainForm

_LAST_YEAR = 2999


class PublicationForm(PlainForm):
    """Where a tariff applies, and from when."""

    lot = forms.ModelChoiceField(label=_("Car park"), queryset=Lot.objects.none())
    valid_from = LocalTime(label=_("In force from"), initial=clock.now)

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lots = Lot.objects.in_use().filter(site=site).select_related("site").order_by("code")
        field = self.fields["lot"]
        field.queryset = lots  # type: ignore[attr-defined]
        if not self.is_bound and self.initial.get("lot") is None and len(lots) == 1:
            self.initial["lot"] = lots[0]

    def clean_valid_from(self) -> datetime:
        """Return the start; later years cannot be priced."""
        at: datetime = self.cleaned_data["valid_from"]
        if at.year > _LAST_YEAR:
            raise forms.ValidationError(_("Enter a year between 1970 and 2999."))
        return at


class DocumentForm(PlainForm):
    """A tariff as a tariff/1 document."""

    document = forms.CharField(
        label=_("Tariff (tariff/1, JSON)"),
        max_length=200_000,
        widget=forms.Textarea({"class": "code", "spellcheck": "false", "rows": 24}),
    )


class PreviewForm(PlainForm):
    """The entry and vehicle of a preview."""

    entry = LocalTime(label=_("Entry"), required=False)
    vehicle = forms.ChoiceField(label=_("Vehicle"), required=False)

    def __init__(self, vehicles: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("unknown")), *vehicles]
        self.fields["vehicle"].choices = choices  # type: ignore[attr-defined]


class VehicleClassForm(PlainForm):
    """A vehicle class and the rule that recognises it; its code is given once."""

    code = forms.CharField(
        label=_("Code"), max_length=20, help_text=_("The name that tariffs use, such as small.")
    )
    title = forms.CharField(label=_("Title"), max_length=60)
    title_zh = forms.CharField(label=_("Title in Chinese"), max_length=60, required=False)
    rule = forms.ChoiceField(label=_("Rule"), choices=VehicleClass.Rule.choices)
    values = forms.CharField(
        label=_("Values"),
        required=False,
        max_length=4000,
        help_text=_("Separated by commas: colours, numbers of characters, beginnings, or plates."),
    )
    position = forms.IntegerField(
        label=_("Order"),
        min_value=0,
        max_value=9999,
        initial=100,
        help_text=_("Classes are tested from the lowest number; the first that matches counts."),
    )

    def __init__(self, row: VehicleClass | None, *args: Any, **kwargs: Any) -> None:
        if row is not None:
            kwargs["initial"] = {
                "title": row.title,
                "title_zh": row.title_zh,
                "rule": row.rule,
                "values": ", ".join(row.values),
                "position": row.position,
            }
        super().__init__(*args, **kwargs)
        if row is not None:
            del self.fields["code"]

    def clean_values(self) -> list[str]:
        """Return the values as a list; commas of either width separate them."""
        return [text for text in re.split(r"[,，、;\s]+", self.cleaned_data["values"]) if text]
