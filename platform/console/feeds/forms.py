"""Forms of feeds to authorities."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.http import QueryDict
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

_Kind = FeedEndpoint.Kind
_YEAR = timedelta(days=365)
_ADDRESS = _("Address")
_LANGUAGES = tuple((code, name) for code, name in settings.LANGUAGES)


# What the select of the kind does: the same form again, with the fields of the chosen kind.
_ON_CHANGE = {
    "hx-trigger": "change",
    "hx-vals": '{"do": "fields"}',
    "hx-target": "closest form",
    "hx-select": "form",
    "hx-swap": "outerHTML",
}


@dataclass(frozen=True)
class _Fields:
    """What the form asks for besides the fields of every kind.

    Attributes:
        names: fields of this kind.
        address: the label of the address.
        hint: what the address looks like.
        needs_address: whether the address may not be empty.
        keyboard: the keyboard for the address on a phone.
    """

    names: frozenset[str] = frozenset()
    address: Any = _ADDRESS
    hint: Any = ""
    needs_address: bool = True
    keyboard: str = "url"


_BY_KIND = frozenset({"url", "ca_pem", "language"})
_HTTPS = frozenset({"url", "ca_pem"})
_FIELDS: Mapping[str, _Fields] = {
    _Kind.WEBHOOK: _Fields(_HTTPS, hint=_("An https address, to which messages are posted.")),
    _Kind.CAP: _Fields(
        _HTTPS,
        hint=_("An https address, to which alerts are posted. Empty: they fetch the index."),
        needs_address=False,
    ),
    _Kind.VIID: _Fields(_HTTPS, hint=_("The https address of their platform.")),
    _Kind.EMAIL: _Fields(
        frozenset({"url", "language"}), address=_("E-mail address"), keyboard="email"
    ),
    _Kind.LIAISON: _Fields(),
}


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
    """Where messages go, which ones, and on what basis: the kind, then the fields it uses.

    Args:
        address: of the dialog, which shows the fields of another kind when one is chosen; without
            it the kind stays as it is.
    """

    kind = forms.ChoiceField(label=_("Kind"))
    name = forms.CharField(label=_("Name"), max_length=80)
    url = forms.CharField(max_length=400, widget=text_input())
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

    def __init__(self, *args: Any, address: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = self.fields["kind"]
        kind.choices = [("", _("Choose")), *_kinds()]  # type: ignore[attr-defined]
        kind.widget.attrs |= {**_ON_CHANGE, "hx-post": address} if address else {}
        kind.disabled = not address
        self._keep_fields_of(str(self["kind"].value() or ""))

    def _keep_fields_of(self, kind: str) -> None:
        """Remove the fields that the kind does not use; before one is chosen, all others."""
        if kind not in _FIELDS:
            self.fields = {"kind": self.fields["kind"]}
            return
        chosen = _FIELDS[kind]
        for name in _BY_KIND - chosen.names:
            del self.fields[name]
        if "url" in chosen.names:
            url = self.fields["url"]
            url.label, url.help_text = chosen.address, chosen.hint
            url.required = chosen.needs_address
            url.widget.attrs["inputmode"] = chosen.keyboard

    def values(self) -> EndpointValues:
        """Return what was entered; what the kind does not use stays as it is."""
        data = {**self.cleaned_data}
        data.pop("revision")
        if "language" in data:
            data["options"] = {"language": data.pop("language")}
        kept = {name: self.initial.get(name, "") for name in ("url", "ca_pem")}
        return EndpointValues(**kept | data)

    @staticmethod
    def entered(data: QueryDict) -> dict[str, Any]:
        """Return the fields that show what was entered before another kind was chosen."""
        shown: dict[str, Any] = {name: data[name] for name in FeedForm.base_fields if name in data}
        if "name" in data:  # The other fields were shown: a box that is not ticked is not posted.
            shown |= {"exercise": "exercise" in data, "event_types": data.getlist("event_types")}
        return shown

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
