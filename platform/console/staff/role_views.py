"""Who may what: the site's roles and their permissions, and changes of them."""

from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from console.pages import render_page
from console.staff.forms import RoleForm
from console.staff.labels import by_room
from core.models import Site
from people import site_roles
from people.colleagues import available_roles
from people.labels import role_name
from people.models import Role
from people.permissions import PeoplePermission
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.pages import SiteRequest, site_page

CHANGED = ["list-changed"]


@site_page(PeoplePermission.MANAGE_STAFF)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """Show which role may do what."""
    roles = [_column(site, role) for role in available_roles(site)]
    rooms = [
        (room, [(label, [code in role["permissions"] for role in roles]) for code, label in rows])
        for room, rows in by_room()
    ]
    context = {"roles": roles, "rooms": rooms, "width": len(roles) + 1}
    return render_page(request, "console/staff/roles.html", context, "staff")


@dialog_page(PeoplePermission.MANAGE_STAFF)
def add(request: SiteRequest, site: Site) -> Change:
    """Add a role of the site's own."""
    dialog = Dialog(
        title=_("Add a role"),
        lead=_("You can grant what you may do yourself."),
        button=_("Add"),
    )
    return Change(
        dialog,
        RoleForm(request.POST or None),
        lambda data: site_roles.add_role(site, request.user, **data),
        _("Role added."),
        CHANGED,
    )


@dialog_page(PeoplePermission.MANAGE_STAFF)
def change(request: SiteRequest, site: Site, pk: int) -> Change:
    """Change the name and the permissions of a role at this site."""
    role = _role_or_404(site, pk)
    dialog = Dialog(
        title=_("Change the role %(name)s") % {"name": role_name(role)},
        lead=_("It takes effect at once for everyone of this site who has the role."),
        button=_("Save"),
    )
    codes = list(role.permissions.values_list("code", flat=True))
    initial = {
        "name": role_name(role),
        "permissions": codes,
        "requires_second_factor": role.requires_second_factor,
    }
    return Change(
        dialog,
        RoleForm(request.POST or None, initial=initial),
        lambda data: site_roles.change_role(site, role, request.user, **data),
        _("Role changed."),
        CHANGED,
    )


@dialog_page(PeoplePermission.MANAGE_STAFF)
def remove(request: SiteRequest, site: Site, pk: int) -> Change:
    """Remove a role that no one has."""
    role = _role_or_404(site, pk)
    dialog = Dialog(
        title=_("Remove the role %(name)s") % {"name": role_name(role)},
        button=_("Remove role"),
        tone="danger-soft",
    )
    return Change(
        dialog,
        confirm_form(request),
        lambda data: site_roles.remove_role(site, role, request.user),
        _("Role removed."),
        CHANGED,
    )


@dialog_page(PeoplePermission.MANAGE_STAFF)
def restore(request: SiteRequest, site: Site, pk: int) -> Change:
    """Restore a standard role that the site has changed."""
    role = _role_or_404(site, pk)
    dialog = Dialog(
        title=_("Restore the standard role %(name)s") % {"name": role_name(role)},
        lead=_("Everyone of this site who has the role gets its standard permissions back."),
        button=_("Restore"),
    )
    return Change(
        dialog,
        confirm_form(request),
        lambda data: site_roles.restore_role(site, role, request.user),
        _("Standard role restored."),
        CHANGED,
    )


def _role_or_404(site: Site, pk: int) -> Role:
    return get_object_or_404(Role, Q(site=None) | Q(site=site), pk=pk)


def _column(site: Site, role: Role) -> dict[str, Any]:
    people = role.memberships.filter(site=site).aggregate(count=Count("user", distinct=True))
    return {
        "role": role,
        "name": role_name(role),
        "permissions": set(role.permissions.values_list("code", flat=True)),
        "people": people["count"],
        "own": role.site_id is not None,
        "changed": site_roles.is_changed_standard(role),
    }
