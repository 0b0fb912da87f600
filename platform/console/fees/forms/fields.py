"""Fields that the forms of fees share: a unit by its code, a month, steps of a price."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from console.holder_picker import NEW_PERSON, HolderPicker
from console.unit_field import UnitField
from core.models import Site
from fees.rules.tiers import Tier
from people.models import Holder
from ui.amounts import set_currency
from ui.forms import YEARS, PlainForm


class MonthField(forms.CharField):
    """A calendar month; cleans to its first day."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Month"))
        super().__init__(max_length=7, widget=forms.TextInput({"type": "month"}), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Return the text of a month."""
        return f"{value:%Y-%m}" if isinstance(value, date) else value

    def clean(self, value: Any) -> date | None:
        """Return the first day.

        Raises:
            ValidationError: the text is no month, or its year is out of range.
        """
        text = super().clean(value)
        if not text:
            return None
        try:
            first = date.fromisoformat(f"{text}-01")
        except ValueError:
            raise ValidationError(gettext("Enter a month such as 2026-11.")) from None
        if first.year not in YEARS:
            raise ValidationError(gettext("Enter a year between 1970 and 9000."))
        return first


class RowsField(forms.CharField):
    """Rows of a text area, each of two values."""

    def __init__(self, rows: int = 4, **kwargs: Any) -> None:
        super().__init__(max_length=2000, widget=forms.Textarea({"rows": rows}), **kwargs)

    def rows_of(self, text: str) -> list[list[str]]:
        """Return the values of the rows that are not empty."""
        return [line.replace(",", " ").split() for line in text.splitlines() if line.strip()]


class TiersField(RowsField):
    """Tiers of a price: an upper bound and a price in each row, the last one without a bound."""

    def clean(self, value: Any) -> list[Tier]:
        """Return the tiers.

        Raises:
            ValidationError: a row has other than one or two numbers.
        """
        return [self._tier(row) for row in self.rows_of(super().clean(value) or "")]

    def _tier(self, row: list[str]) -> Tier:
        numbers = [number_of(each) for each in row]
        if None in numbers or len(numbers) not in (1, 2):
            raise ValidationError(gettext("Enter a bound and a price in each row: 180 5.00"))
        *bound, price = [each for each in numbers if each is not None]
        return Tier(bound[0] if bound else None, price)


def number_of(text: str) -> Decimal | None:
    """Return a decimal number of at most twelve digits before its point; None for other texts."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < 10**12 else None


class OfSite(PlainForm):
    """A form with fields that depend on the site."""

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.site = site
        bind_site(self, site)


def bind_site(form: forms.Form, site: Site) -> None:
    """Tell the fields of a form their site, and those of amounts its currency."""
    for field in form.fields.values():
        if isinstance(field, UnitField):
            field.site = site
    set_currency(form, site.currency)


class PayerForm(HolderPicker):
    """A form that chooses a person or a company of the register."""

    layout = "console/fees/payer_fields.html"
    search_url = "console:find_payers"

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(site, *args, **kwargs)
        del self.fields["phone"]
        bind_site(self, site)

    def clean_person(self) -> Holder | str:
        """Return the chosen person or company of the site."""
        chosen = super().clean_person()
        if chosen == NEW_PERSON:
            raise ValidationError(gettext("Choose a person or a company."))
        return chosen

    @property
    def other_fields(self) -> list[forms.BoundField]:
        """The fields besides the choice."""
        return [each for each in self.visible_fields() if each.name not in ("name", "person")]
