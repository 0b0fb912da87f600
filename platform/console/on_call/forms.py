"""Forms about the rota and test alarms."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.models import Site, User
from core.notifications import channels
from incidents.escalation.responders import responders
from incidents.escalation.rota_editing import LayerValues
from ui.forms import Day, LocalTime, PlainForm, RevisedForm

DAYS = (
    (0, _("Monday")),
    (1, _("Tuesday")),
    (2, _("Wednesday")),
    (3, _("Thursday")),
    (4, _("Friday")),
    (5, _("Saturday")),
    (6, _("Sunday")),
)
LEAST_PLACES, MOST_PLACES = 4, 12


class PersonField(forms.ModelChoiceField):
    """A person who may see the site's incidents, by name."""

    def __init__(self, site: Site, **kwargs: Any) -> None:
        found = responders(site).order_by("first_name", "username")
        super().__init__(queryset=found, empty_label="–", **kwargs)

    def label_from_instance(self, user: User) -> str:
        """Return the person's name."""
        return user.display_name


def _time(**kwargs: Any) -> forms.TimeField:
    return forms.TimeField(widget=forms.TimeInput({"type": "time"}, format="%H:%M"), **kwargs)


class LayerForm(RevisedForm):
    """A layer of the rota: whose turns follow each other, and when they change."""

    name = forms.CharField(label=_("Name"), max_length=80)
    first_day = Day(
        label=_("First day"), help_text=_("The first person's first turn begins on this day.")
    )
    hand_over = _time(label=_("Hand-over"))
    turn_days = forms.IntegerField(
        label=_("Days of a turn"), min_value=1, max_value=28, initial=7, help_text=_("7 for a week")
    )
    days = forms.TypedMultipleChoiceField(
        label=_("Days of the week"),
        choices=DAYS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Empty for every day."),
    )
    begins = _time(label=_("From"), required=False)
    ends = _time(label=_("Until"), required=False, help_text=_("Empty for the whole day."))

    def __init__(self, site: Site, *args: Any, places: int = LEAST_PLACES, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._places = [f"person_{n}" for n in range(1, min(places, MOST_PLACES) + 1)]
        for number, name in enumerate(self._places, start=1):
            field = PersonField(
                site, label=_("%(n)s. person") % {"n": number}, required=number == 1
            )
            field.widget.attrs["class"] = "form-select"
            self.fields[name] = field
        self.order_fields(["revision", "name", *self._places])

    def values(self) -> LayerValues:
        """Return what was entered."""
        data = self.cleaned_data
        return LayerValues(
            name=data["name"],
            people=[data[name] for name in self._places if data[name]],
            first_day=data["first_day"],
            hand_over=data["hand_over"],
            turn_days=data["turn_days"],
            days=data["days"],
            begins=data["begins"],
            ends=data["ends"],
        )


class CoverForm(PlainForm):
    """Who takes over a layer, and when."""

    begins_at = LocalTime(label=_("From"))
    ends_at = LocalTime(label=_("Until"))
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"] = PersonField(site, label=_("Person"))
        self.fields["user"].widget.attrs["class"] = "form-select"
        self.order_fields(["user"])


class AbsenceForm(PlainForm):
    """Who is absent, and who stands in."""

    begins_at = LocalTime(label=_("From"))
    ends_at = LocalTime(label=_("Until"))
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["absent"] = PersonField(site, label=_("Absent"))
        self.fields["user"] = PersonField(
            site,
            label=_("Substitute"),
            required=False,
            help_text=_("Empty: the turns pass to the next person of the rotation."),
        )
        for name in ("absent", "user"):
            self.fields[name].widget.attrs["class"] = "form-select"
        self.order_fields(["absent", "user"])


class SwapForm(PlainForm):
    """Two turns whose people change places."""

    def __init__(self, turns: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in (("first", _("Turn")), ("second", _("with the turn"))):
            field = forms.ChoiceField(label=label, choices=turns)
            field.widget.attrs["class"] = "form-select"
            self.fields[name] = field
        self.initial.setdefault("second", turns[1][0] if len(turns) > 1 else None)


class TestAlarmForm(PlainForm):
    """To whom a test alarm is sent, and by which channels."""

    __test__ = False  # pytest collects classes of this name

    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [(user.pk, user.display_name) for user in responders(site).order_by("username")]
        self.fields["people"] = forms.TypedMultipleChoiceField(
            label=_("People"),
            choices=people,
            coerce=int,
            widget=forms.CheckboxSelectMultiple({"class": "choices"}),
        )
        wired = [(code, channels.LABELS[code]) for code in channels.wired()]
        self.fields["channels"] = forms.MultipleChoiceField(
            label=_("Channels"),
            choices=wired,
            required=False,
            widget=forms.CheckboxSelectMultiple({"class": "choices"}),
            help_text=_("Empty: as each person has chosen."),
        )
        if not wired:
            del self.fields["channels"]
        self.order_fields(["people", "channels"])
