"""The page that edits an escalation policy: its form, and one form for each step."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from console.on_call.forms import PersonField
from core.errors import Rejection
from core.models import Site
from core.revisions import revision_of
from incidents import kinds
from incidents.escalation.plans import Step
from incidents.escalation.policy_editing import (
    MAX_REPEATS,
    MAX_STEPS,
    MAX_WAIT_S,
    PolicyValues,
    shown_values,
)
from incidents.models import EscalationPolicy
from incidents.models.escalation import Target
from incidents.severities import Severity
from people.colleagues import available_roles
from people.labels import role_name
from ui.forms import PlainForm, RevisedForm
from ui.query_params import whole_number


class PolicyForm(RevisedForm):
    """Which incidents a policy is for, and how often its steps are repeated."""

    name = forms.CharField(label=_("Name"), max_length=80)
    repeats = forms.IntegerField(
        label=_("Repetitions"),
        min_value=0,
        max_value=MAX_REPEATS,
        initial=3,
        help_text=_("How often the steps are done again while no one acknowledges."),
    )
    severities = forms.MultipleChoiceField(
        label=_("Severities"),
        choices=Severity.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Empty for all."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kinds"] = forms.MultipleChoiceField(
            label=_("Kinds"),
            choices=[(code, capfirst(str(label))) for code, label in kinds.choices()],
            required=False,
            widget=forms.CheckboxSelectMultiple({"class": "choices"}),
            help_text=_("Empty for all."),
        )


class StepForm(PlainForm):
    """One step: wait, then notify."""

    wait_s = forms.IntegerField(
        label=_("Wait (seconds)"), min_value=0, max_value=MAX_WAIT_S, initial=0
    )
    target = forms.ChoiceField(label=_("Notify"), choices=Target.choices)

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        target = self.fields["target"]
        assert isinstance(target, forms.ChoiceField)  # noqa: S101 - for the type checker
        target.choices = [(code, capfirst(str(label))) for code, label in Target.choices]
        roles = [(role.code, role_name(role)) for role in available_roles(site)]
        self.fields["role"] = forms.ChoiceField(
            label=_("Role"), choices=[("", "–"), *roles], required=False
        )
        person = PersonField(site, label=_("Person"), required=False)
        self.fields["person"] = person
        for name in ("role", "person"):
            self.fields[name].widget.attrs["class"] = "form-select"

    def step(self) -> Step:
        """Return what was entered; role and person count for their targets alone."""
        data = self.cleaned_data
        is_role, is_person = data["target"] == Target.ROLE, data["target"] == Target.PEOPLE
        users = (data["person"].pk,) if is_person and data["person"] else ()
        return Step(data["wait_s"], data["target"], data["role"] if is_role else "", users)

    @property
    def place(self) -> str:
        """Which one it is, from 0; the button that removes it names it."""
        return str(self.prefix or "")[1:]


class Editor:
    """The forms of the page."""

    def __init__(self, policy: PolicyForm, steps: list[StepForm]) -> None:
        self.policy, self.steps = policy, steps

    @property
    def can_add(self) -> bool:
        """Whether the policy may have one more step."""
        return len(self.steps) < MAX_STEPS

    def is_valid(self) -> bool:
        """Validate all forms."""
        return all([self.policy.is_valid(), *(each.is_valid() for each in self.steps)])

    def values(self) -> PolicyValues:
        """Return what was entered."""
        data = self.policy.cleaned_data
        return PolicyValues(
            name=data["name"],
            steps=[each.step() for each in self.steps],
            kinds=data["kinds"],
            severities=data["severities"],
            repeats=data["repeats"],
        )

    @property
    def revision(self) -> str:
        """The token of the values that the form showed."""
        return str(self.policy.cleaned_data["revision"])

    def add_rejection(self, rejection: Rejection) -> None:
        """Show a rejection at its field: that of a step at the first one that it concerns."""
        field = {"users": "person"}.get(rejection.field, rejection.field)
        wrong = next((each for each in self.steps if _lacks(each, field)), None)
        if wrong is not None:
            wrong.add_error(field, rejection.message)
        else:
            self.policy.add_rejection(rejection)


def _lacks(form: StepForm, field: str) -> bool:
    target = {"role": Target.ROLE, "person": Target.PEOPLE}.get(field)
    return target is not None and form.cleaned_data["target"] == target


def posted_editor(site: Site, data: QueryDict) -> Editor:
    """Return the forms bound to what was posted."""
    rows = [StepForm(site, data, prefix=f"s{n}") for n in range(_count(data))]
    return Editor(PolicyForm(data), rows)


def changed_editor(site: Site, data: QueryDict, act: str) -> Editor:
    """Return the forms with what was posted, not validated, after a change of the rows.

    Args:
        act: ``add``, or ``remove`` and a number.
    """
    rows = [_row(data, n) for n in range(_count(data))]
    if act == "add" and len(rows) < MAX_STEPS:
        rows.append({"wait_s": "60", "target": Target.NEXT_ON_CALL})
    name, _space, number = act.partition(" ")
    place = whole_number(number)
    if name == "remove" and place is not None and place < len(rows) > 1:
        del rows[place]
    initial: dict[str, Any] = {name: data.get(name) for name in ("revision", "name", "repeats")}
    initial |= {name: data.getlist(name) for name in ("severities", "kinds")}
    return _unbound(site, initial, rows)


def new_editor(site: Site) -> Editor:
    """Return the forms of a new policy: the person on call at once, the next after a minute."""
    steps = [
        {"wait_s": 0, "target": Target.ON_DUTY},
        {"wait_s": 0, "target": Target.ON_CALL},
        {"wait_s": 60, "target": Target.NEXT_ON_CALL},
    ]
    return _unbound(site, {"repeats": 3}, steps)


def editor_of(policy: EscalationPolicy) -> Editor:
    """Return the forms that show a policy."""
    initial = {
        "name": policy.name,
        "repeats": policy.repeats,
        "severities": policy.severities,
        "kinds": policy.kinds,
        "revision": revision_of(shown_values(policy)),
    }
    steps = [
        {
            "wait_s": step.wait_s,
            "target": step.target,
            "role": step.role,
            "person": step.users.values_list("pk", flat=True).first(),
        }
        for step in policy.steps.order_by("position")
    ]
    return _unbound(policy.site, initial, steps)


def _unbound(site: Site, initial: dict[str, Any], steps: list[dict[str, Any]]) -> Editor:
    rows = [StepForm(site, prefix=f"s{n}", initial=row) for n, row in enumerate(steps)]
    return Editor(PolicyForm(initial=initial), rows)


def _count(data: QueryDict) -> int:
    return min(max(whole_number(data.get("steps", "")) or 1, 1), MAX_STEPS)


def _row(data: QueryDict, number: int) -> dict[str, Any]:
    prefix = f"s{number}-"
    return {
        name.removeprefix(prefix): value for name, value in data.items() if name.startswith(prefix)
    }
