"""Forms of the staff."""

from typing import Any

from django import forms
from django.contrib.auth.forms import UsernameField
from django.utils.translation import gettext_lazy as _

from console.staff.labels import by_room
from core.models import Site, User
from people.colleagues import available_roles
from people.labels import role_name
from ui.forms import PlainForm


class RolesForm(PlainForm):
    """The roles of a colleague at a site."""

    roles = forms.MultipleChoiceField(label=_("Roles"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, site: Site, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["roles"]
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = [(role.code, role_name(role)) for role in available_roles(site)]


class InviteForm(RolesForm):
    """A new colleague."""

    name = forms.CharField(label=_("Full name"), max_length=150)
    username = UsernameField(
        label=_("User name"),
        max_length=150,
        help_text=_("The colleague signs in with it, such as li.na."),
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "none"}),
    )
    email = forms.CharField(
        label=_("E-mail"),
        required=False,
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "off"}),
    )
    field_order = ("name", "username", "email", "roles")


class MailInvitationForm(RolesForm):
    """A colleague who is invited by mail, and chooses user name and password."""

    name = forms.CharField(label=_("Full name"), max_length=150)
    email = forms.CharField(
        label=_("E-mail"), max_length=254, widget=forms.EmailInput({"autocomplete": "off"})
    )
    field_order = ("name", "email", "roles")


def roles_of(user: User, site: Site) -> list[str]:
    """Return the codes of a user's roles at a site."""
    held = user.memberships.filter(site=site)
    return list(held.values_list("role__code", flat=True))


class RoleForm(PlainForm):
    """A role and what people who have it may do."""

    name = forms.CharField(label=_("Name of the role"), max_length=120)
    permissions = forms.MultipleChoiceField(
        label=_("Permissions"), widget=forms.CheckboxSelectMultiple
    )
    requires_second_factor = forms.BooleanField(
        label=_("Require a second factor to sign in"), required=False
    )
    field_order = ("name", "requires_second_factor", "permissions")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["permissions"]
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = [choice for _room, choices in by_room() for choice in choices]
