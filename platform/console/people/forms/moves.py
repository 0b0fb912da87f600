"""Forms of moves: in, out, of owners, of payers, and of the end of a lease."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from console.holder_picker import NEW_PERSON, HolderPicker
from console.people.forms.fields import FeesField, LastDay, ShareField, flag, unit_field
from core.errors import Rejection
from core.models import Site
from people import services
from people.models import AnyPlace, Holder, Occupancy
from people.periods import ends_after, today
from people.selectors import lasting_occupancies, payers_of
from people.services import NewOccupancy
from ui.forms import Day, PlainForm

Role = Occupancy.Role
MOST_OWNERS = 4
# Where the forms show what a service rejects.
_SHOWN_AT = {"holder": "name", "occupancy": ""}
KEEP_RIGHTS = gettext_lazy("Let their cars and other rights go on")


class MoveForm(PlainForm):
    """A form of a move: rejections of the plan at its own fields."""

    def add_rejection(self, rejection: Rejection) -> None:
        """Show a rejection at the field that stands for the service's argument."""
        field = _SHOWN_AT.get(rejection.field, rejection.field)
        if field == rejection.field:
            super().add_rejection(rejection)
        else:
            super().add_rejection(
                Rejection(field, rejection.code, rejection.message, rejection.hint)
            )


class MoveInForm(HolderPicker, MoveForm):
    """Who moves in, in which capacity, since when, and what they pay."""

    layout = "console/people/move_in_fields.html"

    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=Role.choices, initial=Role.TENANT)
    on = Day(label=gettext_lazy("From"))
    ends_on = LastDay(
        label=gettext_lazy("Last day"),
        required=False,
        help_text=gettext_lazy("Such as that of a lease; empty if it goes on."),
    )
    share = ShareField()

    def __init__(
        self, site: Site, place: AnyPlace | None, holder: Holder | None, *args: Any, **kwargs: Any
    ) -> None:
        """Ask for the unit and the holder where they are not given.

        Args:
            holder: who moves in; None to ask for them.
        """
        super().__init__(site, *args, **kwargs)
        self.place, self.holder = place, holder
        self.fields["on"].initial = today(site)
        if place is None:
            self._add("place", unit_field(site))
        if holder is not None:
            for name in ("name", "person", "phone"):
                del self.fields[name]
        self._add("pays", FeesField(site, label=gettext_lazy("Pays"), required=False))
        if place is not None and not payers_of(place, today(site)):
            self.fields["pays"].initial = ["*"]

    def _add(self, name: str, field: forms.Field) -> None:
        """Add a field that depends on the site, with the product's look."""
        look = {"place": "form-select", "pays": "choices"}[name]
        field.widget.attrs["class"] = look
        self.fields[name] = field

    def wanted(self) -> tuple[AnyPlace, NewOccupancy]:
        """Return the place and the occupancy that the valid form describes.

        Raises:
            Rejection: the name of a new person is not valid.
        """
        data = self.cleaned_data
        place = self.place or cast("AnyPlace", data["place"])
        holder = self.holder or holder_of(self)
        new = NewOccupancy(holder, data["role"], data["share"], data["ends_on"], data["pays"])
        return place, new


class MoveOutForm(MoveForm):
    """When an occupancy ends, who pays then, and what goes on."""

    on = LastDay(label=gettext_lazy("Last day"))
    with_family = flag(gettext_lazy("The family members move out, too"), initial=True)
    payer = forms.ModelChoiceField(
        label=gettext_lazy("Who pays then"),
        queryset=Occupancy.objects.none(),
        required=False,
        empty_label=gettext_lazy("Nobody"),
    )
    keep_rights = flag(KEEP_RIGHTS)

    def __init__(self, occupancy: Occupancy, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        day = today(occupancy.site)
        self.fields["on"].initial = ends_after(max(day, occupancy.begins_on))
        others = lasting_occupancies(occupancy.place, day).exclude(pk=occupancy.pk)
        payer = self.fields["payer"]
        payer.queryset = others  # type: ignore[attr-defined]
        payer.label_from_instance = described  # type: ignore[attr-defined]
        if not occupancy.payer_periods.exists():
            del self.fields["payer"]
        if not others.filter(role=Role.FAMILY).exists():
            del self.fields["with_family"]

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of the plan."""
        data = self.cleaned_data
        return {
            "on": data["on"],
            "with_family": data.get("with_family", False),
            "payer": data.get("payer"),
        }


class OwnerForm(HolderPicker, MoveForm):
    """One of the new owners."""

    share = ShareField()

    def wanted(self) -> NewOccupancy:
        """Return the occupancy that the valid form describes."""
        return NewOccupancy(holder_of(self), Role.OWNER, self.cleaned_data["share"])


class ChangeOwnerForm(MoveForm):
    """The new owners of a unit or a bay."""

    layout = "console/people/owners_fields.html"

    on = Day(label=gettext_lazy("From"))
    with_family = flag(gettext_lazy("The family members move out, too"), initial=True)
    keep_rights = flag(KEEP_RIGHTS)

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = today(site)
        data = args[0] if args else None
        self.owners = [
            OwnerForm(
                site,
                data,
                prefix=f"owner-{number}",
                auto_id="dialog_%s",
                empty_permitted=number > 0,
                use_required_attribute=False,
            )
            for number in range(MOST_OWNERS)
        ]

    @property
    def has_further(self) -> bool:
        """Whether a further owner was entered."""
        return any(owner.is_bound and owner.has_changed() for owner in self.owners[1:])

    def clean(self) -> dict[str, Any]:
        """Validate the owners, too."""
        data = super().clean() or self.cleaned_data
        if not all([owner.is_valid() for owner in self.owners]):  # noqa: C419 - each shows its own
            raise forms.ValidationError(_("Correct what is marked below."))
        return data

    def wanted(self) -> Sequence[NewOccupancy]:
        """Return the occupancies of the new owners."""
        return [owner.wanted() for owner in self.owners if owner.has_changed()]


class PayerForm(MoveForm):
    """From when on an occupancy pays which fees."""

    on = Day(label=gettext_lazy("From"))

    def __init__(self, occupancy: Occupancy, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = max(today(occupancy.site), occupancy.begins_on)
        fees = FeesField(occupancy.site, label=gettext_lazy("Pays"), initial=["*"])
        fees.widget.attrs["class"] = "choices"
        self.fields["fee_kinds"] = fees


class ExtendForm(MoveForm):
    """A later end of an occupancy."""

    ends_on = LastDay(
        label=pgettext_lazy("of a lease", "New last day"),
        required=False,
        help_text=gettext_lazy("Leave empty if it goes on without an end."),
    )


def holder_of(form: HolderPicker) -> Holder:
    """Return the chosen person or company of a valid form, or the new person.

    Raises:
        Rejection: the new person's name is not valid.
    """
    chosen = form.cleaned_data["person"]
    if chosen != NEW_PERSON:
        return cast("Holder", chosen)
    data = form.cleaned_data
    return services.new_person(form.site, name=data["name"], phone=data["phone"])


def described(occupancy: Occupancy) -> str:
    """Return the holder of an occupancy with the role."""
    return f"{occupancy.holder.name} ({occupancy.get_role_display()})"
