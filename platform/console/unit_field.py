"""The field of a unit: entered by the codes of its building and its own."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.models import Site
from estate.models import Unit
from estate.unit_lookup import find_units


class UnitField(forms.CharField):
    """A unit in use of a `site`, which the form sets: 3-0803."""

    site: Site

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Unit"))
        kwargs.setdefault("help_text", _("Building and unit, such as 3-0803."))
        super().__init__(max_length=41, widget=forms.TextInput({"autocomplete": "off"}), **kwargs)

    def clean(self, value: Any) -> Unit | None:
        """Return the unit.

        Raises:
            ValidationError: the site has no such unit in use.
        """
        text = super().clean(value)
        if not text:
            return None
        places = [place for place, each in enumerate(text) if each == "-"]
        keys = [(text[:place], text[place + 1 :]) for place in places]
        found = [each for each in find_units(self.site, keys).values() if each.ended_at is None]
        if not found:
            raise ValidationError(gettext("There is no such unit."))
        return found[0]
