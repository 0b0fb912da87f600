"""Forms of the watch-list."""

from datetime import timedelta

from django import forms
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core import clock
from incidents.models import WatchEntry
from incidents.watch_labels import BASIS_HELP
from ui.forms import LocalTime, PlainForm, PlateForm, plate_field

_DAYS = 30


def _explained(label: object, help_text: object) -> SafeString:
    return format_html('<span>{}<br><span class="small muted">{}</span></span>', label, help_text)


_explained_lazily = lazy(_explained, SafeString)


def _reason() -> forms.CharField:
    widget = forms.Textarea({"rows": 2})
    return forms.CharField(label=_("Reason"), max_length=400, widget=widget)


class WatchForm(PlateForm):
    """A plate to look for, with its legal basis."""

    plate = plate_field()
    legal_basis = forms.ChoiceField(
        label=_("Legal basis"),
        choices=[
            (code, _explained_lazily(label, BASIS_HELP[code]))
            for code, label in WatchEntry.Basis.choices
        ],
        widget=forms.RadioSelect,
    )
    document_no = forms.CharField(label=_("Document no."), max_length=80)
    requesting_org = forms.CharField(label=_("Requesting organisation"), max_length=120)
    requesting_officer = forms.CharField(label=_("Requesting officer"), max_length=120)
    reason = _reason()
    begins_at = LocalTime(label=_("From"), initial=clock.now)
    ends_at = LocalTime(label=_("Until"), initial=lambda: clock.now() + timedelta(days=_DAYS))


class RenewalForm(PlainForm):
    """The next period of an entry, with the document that it rests on."""

    document_no = forms.CharField(
        label=_("Document no."),
        max_length=80,
        help_text=_("Of the document that asks for the renewal."),
    )
    requesting_org = forms.CharField(label=_("Requesting organisation"), max_length=120)
    requesting_officer = forms.CharField(label=_("Requesting officer"), max_length=120)
    reason = _reason()
    ends_at = LocalTime(label=_("Until"))

    @staticmethod
    def values_of(entry: WatchEntry) -> dict[str, object]:
        """Return what the form proposes for an entry; the document is a new one."""
        return {
            "requesting_org": entry.requesting_org,
            "requesting_officer": entry.requesting_officer,
            "reason": entry.reason,
            "ends_at": max(entry.ends_at, clock.now()) + timedelta(days=_DAYS),
        }
