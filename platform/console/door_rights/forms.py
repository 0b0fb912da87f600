"""Forms of rights at doors."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from console.holder_picker import HolderPicker
from console.unit_field import UnitField
from core.models import Site
from doors.granting import Holder, Who
from doors.models import Right, TimeProfile
from estate.models import Building, DoorGroup
from people.labels import role_name
from people.models import Company, Role
from ui.forms import LocalTime, PlainForm, reason_field

_PICKED = (Who.PERSON, Who.COMPANY)
_NEEDS_REASON = (Who.PERSON, Who.ROLE)
#: What stays in the form when another kind of holder is chosen; no name stands in an address.
KEPT = ("who", "group", "profile")


class RoleField(forms.ModelChoiceField):
    """One of the roles that staff of the site may have."""

    def label_from_instance(self, obj: Any) -> str:
        """Return what the role is called."""
        return role_name(obj)


class GrantForm(HolderPicker):
    """A right: for whom, at which doors, in which times, for how long."""

    layout = "console/door_rights/grant_fields.html"
    search_url = "console:find_right_holders"
    offers_new = False

    who = forms.ChoiceField(label=pgettext_lazy("whose right", "For"), choices=Right.Who.choices)
    unit = UnitField()
    building = forms.ModelChoiceField(Building.objects.none(), label=gettext_lazy("Building"))
    role = RoleField(Role.objects.none(), label=gettext_lazy("Role"))
    group = forms.ModelChoiceField(DoorGroup.objects.none(), label=gettext_lazy("Group of doors"))
    profile = forms.ModelChoiceField(
        TimeProfile.objects.none(),
        label=gettext_lazy("Time profile"),
        required=False,
        empty_label=gettext_lazy("at any time"),
    )
    begins_at = LocalTime(
        label=gettext_lazy("From"), required=False, help_text=gettext_lazy("Empty: at once.")
    )
    ends_at = LocalTime(
        label=gettext_lazy("Until"), required=False, help_text=gettext_lazy("Empty: for good.")
    )
    reason = reason_field(required=False)

    def __init__(self, site: Site, who: str, address: str, *args: Any, **kwargs: Any) -> None:
        self.people_only = who == Who.PERSON
        super().__init__(site, *args, **kwargs)
        self.chosen_who = Who(who)
        self.fields["name"].label = _("Person") if self.people_only else _("Company")
        self._leave_out()
        self._offer()
        self.fields["reason"].required = self.chosen_who in _NEEDS_REASON
        self.fields["who"].widget.attrs |= {
            "hx-get": address,
            "hx-trigger": "change",
            "hx-target": "#sheet-in",
            "hx-include": "closest form",
            "hx-params": ",".join(KEPT),
        }

    @property
    def picks(self) -> bool:
        """Whether a person or a company is searched for."""
        return self.chosen_who in _PICKED

    def clean_person(self) -> Any:
        """Return the chosen person, or the company where the right is for its staff."""
        found = super().clean_person()
        if self.chosen_who == Who.COMPANY and not isinstance(found, Company):
            raise forms.ValidationError(_("Choose a company."))
        return found

    def clean(self) -> dict[str, Any]:
        """Return the arguments of the service, with the holder as ``holder``."""
        data = super().clean() or self.cleaned_data
        chosen = {
            Who.PERSON: {"person": data.get("person")},
            Who.COMPANY: {"company": data.get("person")},
            Who.HOUSEHOLD: {"unit": data.get("unit")},
            Who.BUILDING: {"building": data.get("building")},
            Who.ROLE: {"role": data.get("role")},
            Who.RESIDENTS: {},
        }[self.chosen_who]
        kept = {name: data.get(name) for name in ("group", "profile", "begins_at", "ends_at")}
        reason = data.get("reason") or ""
        return {**kept, "reason": reason, "holder": Holder(**chosen) if not self.errors else None}

    def _leave_out(self) -> None:
        """Leave out the fields of other kinds of holders."""
        own = {Who.HOUSEHOLD: "unit", Who.BUILDING: "building", Who.ROLE: "role"}
        for who, name in own.items():
            if who != self.chosen_who:
                del self.fields[name]
        del self.fields["phone"]
        if not self.picks:
            del self.fields["name"], self.fields["person"]

    def _offer(self) -> None:
        """Fill the choices that depend on the site."""
        site = self.site
        rows = {
            "group": DoorGroup.objects.in_use().filter(site=site).order_by("name"),
            "profile": TimeProfile.objects.filter(site=site).order_by("name"),
            "building": Building.objects.in_use().filter(site=site).order_by("code"),
            "role": Role.objects.filter(Q(site=site) | Q(site=None)).order_by("code"),
        }
        for name, found in rows.items():
            if name in self.fields:
                self.fields[name].queryset = found  # type: ignore[attr-defined]
        if "unit" in self.fields:
            self.fields["unit"].site = site  # type: ignore[attr-defined]


class EndForm(PlainForm):
    """When and why a right ends."""

    ends_at = LocalTime(
        label=gettext_lazy("Until"), required=False, help_text=gettext_lazy("Empty: at once.")
    )
    reason = reason_field()
