"""The look that every form shares, and a rejection shown at its field."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from core.errors import Rejection

YEARS = range(1970, 9001)
_CLASSES: dict[type[forms.Widget], str] = {
    forms.Select: "form-select",
    forms.CheckboxInput: "form-check-input",
    forms.RadioSelect: "choices",
    forms.CheckboxSelectMultiple: "choices",
}


class PlainForm(forms.Form):
    """A form with the product's classes on its fields."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            look = _CLASSES.get(type(field.widget), "form-control")
            extra = field.widget.attrs.get("class", "")
            field.widget.attrs["class"] = f"{look} {extra}".strip()

    def refuse(self, rejection: Rejection) -> None:
        """Show a service's rejection at the field it names, else over the whole form."""
        field = rejection.field if rejection.field in self.fields else None
        self.add_error(field, f"{_capital(rejection.message)}: {rejection.hint}.")


class LocalTime(forms.DateTimeField):
    """An instant, typed on the site's clock, which the page has made the current one.

    Years at both ends of the calendar are refused: in UTC they may lie beyond it, and the database
    would keep what nothing can read again.
    """

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, **kwargs)

    def clean(self, value: Any) -> Any:
        """Return the instant (aware).

        Raises:
            ValidationError: it is none, or of no year that can be meant.
        """
        at = super().clean(value)
        if at is not None and at.year not in YEARS:
            raise forms.ValidationError(_("Enter a year between 1970 and 9000."))
        return at


def _capital(text: object) -> str:
    words = str(text)
    return words[:1].upper() + words[1:]
