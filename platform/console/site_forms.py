"""The form of a site's settings."""

from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from babel import Locale
from babel.numbers import get_currency_name
from django import forms
from django.conf import settings
from django.utils.translation import get_language, pgettext_lazy, to_locale
from django.utils.translation import gettext_lazy as _

from core.currencies import CURRENCIES
from core.models import Organisation
from core.text_lists import joined
from devices.vision.formats import COUNTRIES
from ui.forms import PlainForm, RevisedForm

_AREAS = ("Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
# Currencies and funds that no one pays with at a gate.
_NOT_PAID_WITH = {"BOV", "CHE", "CHW", "CLF", "COU", "MXV", "USN", "UYI", "UYW"}


class SiteForm(RevisedForm):
    """The settings of a site, or of a new one."""

    name = forms.CharField(
        label=_("Name"), max_length=120, widget=forms.TextInput({"autocomplete": "off"})
    )
    slug = forms.SlugField(
        label=pgettext_lazy("site", "Web address"),
        max_length=40,
        help_text=_(
            "How the site is named in links: letters, digits and hyphens, such as willow-court."
        ),
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "none"}),
    )
    timezone = forms.ChoiceField(label=_("Time zone"))
    currency = forms.ChoiceField(label=_("Currency"))
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        help_text=_("Of names that are made for you, such as those of numbered buildings."),
    )
    plate_countries = forms.MultipleChoiceField(
        label=_("Countries of the plates"),
        required=False,
        widget=forms.CheckboxSelectMultiple({"class": "choices-beside"}),
        help_text=_(
            "A plate of another form has to be confirmed. Without a country no photo opens a"
            " barrier by itself."
        ),
    )
    phone = forms.CharField(
        label=_("Telephone"),
        required=False,
        max_length=40,
        help_text=_("Shown to payers and residents, for questions."),
        widget=forms.TextInput({"autocomplete": "off", "inputmode": "tel"}),
    )
    wallets = forms.CharField(
        label=_("Cards and wallets"),
        required=False,
        max_length=120,
        help_text=_("What the payment service accepts, shown to payers: WeChat Pay, Alipay, Visa."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, fixed: dict[str, str] | None = None, **kwargs: Any) -> None:
        """Offer the choices; values that are fixed are shown with the reason.

        Args:
            fixed: the reasons by field (`estate.ports.fixed_values`).
        """
        super().__init__(*args, **kwargs)
        choices = _choices(get_language() or settings.LANGUAGE_CODE)
        for name, offered in choices.items():
            self.fields[name].choices = offered  # type: ignore[attr-defined]
        for name, reason in (fixed or {}).items():
            self.fields[name].disabled = True
            self.fields[name].help_text = _("It can no longer change: %(reason)s.") % {
                "reason": reason
            }


class NewSiteForm(SiteForm):
    """The settings of a new site, and the organisation that runs it."""

    organisation = forms.ModelChoiceField(
        label=_("Organisation"),
        queryset=Organisation.objects.order_by("name", "pk"),
        required=False,
        empty_label=_("A new one"),
        help_text=_("The legal entity that runs the site and bills for it."),
    )
    organisation_name = forms.CharField(
        label=_("Name of the new organisation"),
        required=False,
        max_length=160,
        help_text=_("Leave empty to use the site's name."),
        widget=forms.TextInput({"autocomplete": "organization"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("revision", "phone", "wallets"):
            del self.fields[name]
        if not Organisation.objects.exists():
            del self.fields["organisation"]


class OrganisationForm(RevisedForm):
    """The legal entity that runs a site."""

    name = forms.CharField(label=_("Name"), max_length=160)
    tax_number = forms.CharField(label=_("Tax number"), max_length=40, required=False)
    address = forms.CharField(
        label=pgettext_lazy("postal", "Address"), max_length=300, required=False
    )


def written_organisation(values: dict[str, Any]) -> list[tuple[Any, str]]:
    """Return the values of an organisation as labels and texts, in the order of the form."""
    return _labelled(OrganisationForm(), values)


def written_values(values: dict[str, Any]) -> list[tuple[Any, str]]:
    """Return settings of a site as labels and texts, in the order of the form."""
    return _labelled(SiteForm(), values)


def _labelled(form: PlainForm, values: dict[str, Any]) -> list[tuple[Any, str]]:
    return [
        (field.label, _written(field, values[name]))
        for name, field in form.fields.items()
        if name in values
    ]


def written_changes(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[Any, str, str]]:
    """Return what differs of the settings in `after`: label, text before and text after."""
    fields = SiteForm().fields
    return [
        (fields[name].label, _written(fields[name], before[name]), _written(fields[name], value))
        for name, value in after.items()
        if before[name] != value
    ]


def _written(field: forms.Field, value: Any) -> str:
    names = dict(getattr(field, "choices", ()))
    values = value if isinstance(value, list) else [value]
    return joined(str(names.get(each, each)) for each in values if each) or "–"


@lru_cache(maxsize=8)
def _choices(language: str) -> dict[str, list[tuple[str, str]]]:
    """Return the choices of a language; sorting and naming them takes some milliseconds."""
    locale = Locale.parse(to_locale(language))
    currencies = sorted(CURRENCIES - _NOT_PAID_WITH)
    titles = {code: get_currency_name(code, locale=locale) for code in currencies}
    zones = sorted(name for name in available_timezones() if name.split("/")[0] in _AREAS)
    countries = [(code, locale.territories.get(code, code)) for code in COUNTRIES]
    return {
        "timezone": [(name, name.replace("_", " ")) for name in [*zones, "UTC"]],
        "currency": [(code, f"{code} · {title}") for code, title in titles.items()],
        "language": [("", "–"), *((code, str(name)) for code, name in settings.LANGUAGES)],
        "plate_countries": sorted(countries, key=lambda pair: pair[1]),
    }
