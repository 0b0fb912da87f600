"""Base forms and fields: the product's look, and rejections shown at their fields."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast

from django import forms
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import Rejection
from ui.rejections import sentences

YEARS = range(1970, 9001)
_CLASSES: dict[type[forms.Widget], str] = {
    forms.Select: "form-select",
    forms.CheckboxInput: "form-check-input",
    forms.RadioSelect: "choices",
    forms.CheckboxSelectMultiple: "choices",
}


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what was posted; None for a request without a form."""
    return request.POST if request.method == "POST" else None


# What Django shows where a choice of rows is empty.
_DJANGO_EMPTY = "---------"


class PlainForm(forms.Form):
    """A form with the product's classes on its fields.

    Attributes:
        layout: the template that renders its fields.
    """

    layout = "ui/form.html"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            look = _CLASSES.get(type(field.widget), "form-control")
            extra = field.widget.attrs.get("class", "")
            field.widget.attrs["class"] = f"{look} {extra}".strip()
            if isinstance(field, forms.ModelChoiceField) and field.empty_label == _DJANGO_EMPTY:
                field.empty_label = "–"

    def add_rejection(self, rejection: Rejection) -> None:
        """Show a service's rejection at the field it names, else above the form."""
        field = rejection.field if rejection.field in self.fields else None
        self.add_error(field, sentences(rejection))


class ConfirmableForm(PlainForm):
    """A form with confirmations that appear only when a service's rejection asks for one.

    Attributes:
        ticks: the labels of the confirmations by the service's argument, `Rejection.override`.
    """

    ticks: Mapping[str, Any] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.ticks:
            if name in self.data:
                self._add_tick(name)

    def add_rejection(self, rejection: Rejection) -> None:
        """Show a rejection, and the confirmation that would allow it."""
        if rejection.override in self.ticks and rejection.override not in self.fields:
            self._add_tick(rejection.override)
        super().add_rejection(rejection)

    def _add_tick(self, name: str) -> None:
        widget = forms.CheckboxInput({"class": "form-check-input"})
        self.fields[name] = forms.BooleanField(
            label=self.ticks[name], required=False, widget=widget
        )
        self.order_fields(self.field_order)


class PlateForm(ConfirmableForm):
    """A form with a plate, which may have to be confirmed as unusual."""

    ticks = {"unusual_plate": gettext_lazy("The plate is spelled exactly like this")}
    field_order: Sequence[str] = ("plate", "unusual_plate")


class RevisedForm(PlainForm):
    """A form that carries the token of the values it showed.

    If someone else has changed them, the service rejects the change with the new token; the form
    takes it over, so that a second submission overwrites that change knowingly.
    """

    revision = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def add_rejection(self, rejection: Rejection) -> None:
        """Show a rejection; that of a change made meanwhile above the form."""
        if rejection.field != "revision":
            super().add_rejection(rejection)
            return
        posted = cast("QueryDict", self.data).copy()
        posted["revision"] = rejection.params["revision"]
        self.data = posted
        self.add_error(None, sentences(rejection))


class ConfirmForm(PlainForm):
    """A confirmation without fields."""


def reason_field(**kwargs: Any) -> forms.CharField:
    """Return the field for the reason of a change made by hand."""
    values: dict[str, Any] = {"label": gettext_lazy("Reason"), "max_length": 200, **kwargs}
    return forms.CharField(widget=forms.TextInput({"autocomplete": "off"}), **values)


class ReasonForm(PlainForm):
    """The reason for a change made by hand."""

    reason = reason_field()


class FilterForm(PlainForm):
    """The filter of a list, from the query string; an invalid field counts as empty."""

    def criteria(self) -> dict[str, Any]:
        """Return the valid, non-empty fields by name."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


def plate_field(*, required: bool = True) -> forms.CharField:
    """Return a field for a plate."""
    return forms.CharField(
        required=required,
        label=gettext_lazy("Plate"),
        max_length=24,
        widget=forms.TextInput(
            {"autocomplete": "off", "autocapitalize": "characters", "class": "plate-input"}
        ),
    )


class LocalTime(forms.DateTimeField):
    """A date and time in the current time zone, which `ui.pages.site_page` sets to the site's.

    Years at both ends of the calendar are rejected: in UTC they may overflow it, and such a row
    could be stored but not read again.
    """

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, **kwargs)

    def clean(self, value: Any) -> Any:
        """Return the aware datetime.

        Raises:
            ValidationError: the text is not a date and time, or its year is out of range.
        """
        at = super().clean(value)
        if at is not None and at.year not in YEARS:
            raise forms.ValidationError(_("Enter a year between 1970 and 9000."))
        return at


class Day(forms.DateField):
    """A day at the site."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), **kwargs)

    def clean(self, value: Any) -> date | None:
        """Return the day.

        Raises:
            ValidationError: the text is not a day, or its year is out of range.
        """
        day: date | None = super().clean(value)
        if day is not None and day.year not in YEARS:
            raise forms.ValidationError(_("Enter a year between 1970 and 9000."))
        return day
