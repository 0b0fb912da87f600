"""Fields of people and occupancies: days, shares, kinds of fees, units."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.models import Site
from estate.models import Unit
from people.directory import fee_kinds
from people.periods import ends_after, last_day
from ui.forms import Day

ALL_FEES = "*"  # the value of a choice; an empty one would count as not chosen
_PLACES = Decimal("0.000001")


class LastDay(Day):
    """The last day of a period, as people enter it; its value is the period's end, a day later."""

    def clean(self, value: Any) -> date | None:
        """Return the first day on which it no longer holds; None if it is empty."""
        return ends_after(super().clean(value))

    def prepare_value(self, value: Any) -> Any:
        """Return what the field shows of an end."""
        return last_day(value) if isinstance(value, date) else value


class ShareField(forms.CharField):
    """A part of the ownership, entered as ``0.5``, ``50%`` or ``1/2``."""

    def __init__(self) -> None:
        super().__init__(
            label=gettext_lazy("Share"),
            required=False,
            max_length=20,
            help_text=gettext_lazy("Of an owner, such as 0.5, 50% or 1/2; empty if not known."),
            widget=forms.TextInput({"autocomplete": "off"}),
        )

    def clean(self, value: Any) -> Any:
        """Return the part of 1; None if it is empty.

        Raises:
            ValidationError: it is none, or not greater than 0 and at most 1.
        """
        text = super().clean(value).replace("％", "%").replace(" ", "")
        if not text:
            return None
        try:
            share = _part(text)
            if 0 < share <= 1:
                return share.quantize(_PLACES)
        except (InvalidOperation, ZeroDivisionError):
            pass
        raise ValidationError(_("Enter a share such as 0.5, 50% or 1/2."))


def _part(text: str) -> Decimal:
    if text.endswith("%"):
        return Decimal(text[:-1]) / 100
    one, slash, all_parts = text.partition("/")
    return Decimal(one) / Decimal(all_parts) if slash else Decimal(one)


class FeesField(forms.MultipleChoiceField):
    """The kinds of fees that someone pays."""

    def __init__(self, site: Site, **kwargs: Any) -> None:
        kinds = [(code or ALL_FEES, title) for code, title in fee_kinds(site).items()]
        if len(kinds) > 1:
            kwargs["help_text"] = gettext_lazy(
                "All fees are those that have no payer of their own."
            )
        super().__init__(choices=kinds, widget=forms.CheckboxSelectMultiple, **kwargs)

    def clean(self, value: Any) -> Any:
        """Return their codes."""
        return tuple("" if code == ALL_FEES else code for code in super().clean(value))


def unit_field(site: Site) -> forms.ModelChoiceField:
    """Return a field for one of the site's units in use."""
    units = Unit.objects.in_use().filter(building__site=site).select_related("building")
    return forms.ModelChoiceField(
        label=gettext_lazy("Unit"), queryset=units.order_by("building__code", "code")
    )


def flag(label: Any, help_text: Any = "", *, initial: bool = False) -> forms.BooleanField:
    """Return a box to tick."""
    return forms.BooleanField(label=label, required=False, initial=initial, help_text=help_text)
