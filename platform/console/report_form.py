"""The form by which a person reports an incident, real or in an exercise."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from core.models import Site
from estate.locations import places_of_site
from incidents.reported_kinds import reportable
from incidents.services.reporting import MAX_SEEN, Report
from incidents.severities import Severity
from ui.forms import PlainForm

_PLACES = {"gate": _("Gates"), "building": _("Buildings"), "lot": _("Car parks")}


class ReportForm(PlainForm):
    """What a person has seen, and where."""

    kind = forms.ChoiceField(label=_("What is it?"))
    where = forms.ChoiceField(label=_("Place"), required=False)
    exact = forms.CharField(
        label=_("Where exactly"),
        required=False,
        max_length=80,
        help_text=_("Such as: level -1, by the lift."),
    )
    seen = forms.CharField(
        label=_("What was seen"), max_length=MAX_SEEN, widget=forms.Textarea({"rows": 3})
    )
    severity = forms.ChoiceField(
        label=_("Severity"),
        required=False,
        choices=[("", _("Usual for this kind")), *Severity.choices],
    )

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(each.code, capfirst(str(each.label))) for each in reportable()]
        places = [(_PLACES[kind], rows) for kind, rows in places_of_site(site)]
        self.fields["kind"].choices = [("", _("Choose")), *known]  # type: ignore[attr-defined]
        self.fields["where"].choices = [("", _("Elsewhere")), *places]  # type: ignore[attr-defined]


def report_of(data: dict[str, Any]) -> Report:
    """Return the report that a valid form holds."""
    return Report(**{name: data[name] for name in ("kind", "seen", "where", "exact", "severity")})
