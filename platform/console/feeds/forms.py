"""Forms of feeds to authorities."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from console.secret_inputs import text_input
from core import clock
from core.revisions import revision_of
from incidents import kinds
from incidents.feeds import endpoints, formats
from incidents.feeds.endpoints import EndpointValues
from incidents.models import FeedEndpoint
from incidents.severities import Severity
from ui.forms import LocalTime, PlainForm, RevisedForm

_YEAR = timedelta(days=365)
_LANGUAGES = tuple((code, name) for code, name in settings.LANGUAGES)


def _pem(**kwargs: Any) -> forms.CharField:
    widget = forms.Textarea({"rows": 4, "spellcheck": "false", "class": "code"})
    return forms.CharField(widget=widget, required=False, max_length=20_000, **kwargs)


def _kinds() -> list[tuple[str, Any]]:
    """Return the kinds of endpoints that can be served here."""
    wired = formats.registered()
    return [
        (code, capfirst(str(label)))
        for code, label in FeedEndpoint.Kind.choices
        if code in wired or code == FeedEndpoint.Kind.LIAISON
    ]


class FeedForm(RevisedForm):
    """Where messages go, which ones, and on what basis."""

    name = forms.CharField(label=_("Name"), max_length=80)
    kind = forms.ChoiceField(label=_("Kind"), choices=_kinds)
    url = forms.CharField(
        label=_("Address"),
        max_length=400,
        required=False,
        widget=text_input(),
        help_text=_("An https address, or an e-mail address. Empty where messages are fetched."),
    )
    legal_basis = forms.CharField(label=_("Legal basis and document no."), max_length=200)
    valid_until = LocalTime(label=_("Valid until"), initial=lambda: clock.now() + _YEAR)
    min_severity = forms.ChoiceField(
        label=_("From severity"),
        choices=lambda: [(code, capfirst(str(label))) for code, label in Severity.choices],
        initial=Severity.MODERATE,
    )
    event_types = forms.MultipleChoiceField(
        label=_("Kinds of incidents"),
        choices=lambda: [
            (each.code, capfirst(str(each.label))) for each in kinds.all() if each.dispatchable
        ],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("None chosen: all that may be sent."),
    )
    exercise = forms.BooleanField(
        label=_("For exercises only"),
        required=False,
        help_text=_("It is sent no real incident. Real feeds are sent no exercise."),
    )
    language = forms.ChoiceField(label=_("Language of mails"), choices=_LANGUAGES)
    ca_pem = _pem(
        label=_("Certificate authority (PEM)"),
        help_text=_("If theirs is not a public one. It is then the only one that is trusted."),
    )

    def values(self) -> EndpointValues:
        """Return what was entered."""
        data = {**self.cleaned_data}
        data.pop("revision")
        return EndpointValues(**data | {"options": {"language": data.pop("language")}})

    @staticmethod
    def initial_of(endpoint: FeedEndpoint) -> dict[str, Any]:
        """Return the fields that show an endpoint."""
        shown = endpoints.shown_values(endpoint)
        return {
            **shown,
            "valid_until": endpoint.valid_until,
            "language": endpoint.options.get("language", settings.LANGUAGE_CODE),
            "revision": revision_of(shown),
        }


class NetworksForm(PlainForm):
    """The networks that an endpoint may be in."""

    networks = forms.CharField(
        label=_("Networks"),
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 3, "spellcheck": "false", "class": "code"}),
        help_text=_("One a line, such as 10.40.0.0/16. Empty for public addresses only."),
    )

    def clean_networks(self) -> list[str]:
        """Return one network a line."""
        return str(self.cleaned_data["networks"]).split()


class CertificateForm(PlainForm):
    """The certificate that this installation presents."""

    certificate = _pem(label=_("Certificate (PEM)"))
    key = _pem(
        label=_("Private key (PEM)"),
        help_text=_("Without a passphrase. It is stored encrypted and never shown again."),
    )


class RangeForm(PlainForm):
    """A range of deliveries by their numbers."""

    first = forms.IntegerField(label=_("From no."), min_value=1, max_value=2_000_000_000)
    last = forms.IntegerField(label=_("To no."), min_value=1, max_value=2_000_000_000)
