"""Forms about incidents."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from console.incidents.people import assignable
from core.models import User
from incidents import selectors
from incidents.models import Incident
from incidents.severities import Severity
from ui.forms import PlainForm

# As many incidents are offered to merge into.
_OFFERED = 100


class ReviewForm(PlainForm):
    """The result of a review."""

    finding = forms.ChoiceField(
        label=_("Finding"),
        choices=[("confirmed", _("Confirmed")), ("false_alarm", _("False alarm"))],
        widget=forms.RadioSelect,
    )
    severity = forms.ChoiceField(label=_("Severity"), choices=Severity.choices, required=False)
    reason = forms.CharField(label=_("Reason"), max_length=400, widget=forms.Textarea({"rows": 2}))


class AssignForm(PlainForm):
    """The colleague who looks after an incident."""

    assignee = forms.ChoiceField(label=_("Assign to"), required=False)

    def __init__(self, incident: Incident, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._people = {str(each.pk): each for each in assignable(incident)}
        people = [(key, each.display_name) for key, each in self._people.items()]
        self.fields["assignee"].choices = [("", _("nobody")), *people]  # type: ignore[attr-defined]

    def clean_assignee(self) -> User | None:
        """Return the colleague."""
        return self._people.get(self.cleaned_data["assignee"])


class CommentForm(PlainForm):
    """A comment."""

    text = forms.CharField(label=_("Comment"), max_length=2000, widget=forms.Textarea({"rows": 4}))


class MergeForm(PlainForm):
    """The incident that goes on."""

    survivor = forms.ModelChoiceField(Incident.objects.none(), label=_("Merge into"))
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, incident: Incident, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["survivor"]
        field.queryset = selectors.mergeable(incident)  # type: ignore[attr-defined]
        offered = selectors.mergeable(incident)[:_OFFERED]
        field.choices = [("", "–"), *((each.pk, _described(each)) for each in offered)]  # type: ignore[attr-defined]


def _described(incident: Incident) -> str:
    parts = [f"{incident.pk} {capfirst(incident.title)}", incident.place]
    return " · ".join(filter(None, parts))
