"""The list of the staff."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from core.models import Site, User
from people.colleagues import available_roles, colleagues
from people.labels import role_name
from people.models import Membership
from ui.lists import Column, ListFilter, Listing, choice_filter, search_filter


class StaffFilter(ListFilter):
    """Filters of the staff."""

    private = frozenset({"q"})

    q = search_filter(_("Name or e-mail"))
    role = choice_filter(_("Role"))

    def set_choices(self, site: Site) -> None:
        """Offer the site's roles."""
        self.offer("role", [(role.code, role_name(role)) for role in available_roles(site)])


def _narrow(site: Site, rows: QuerySet[User], criteria: dict[str, Any]) -> QuerySet[User]:
    if text := criteria.get("q"):
        named = Q(username__icontains=text) | Q(first_name__icontains=text)
        rows = rows.filter(named | Q(email__icontains=text))
    if role := criteria.get("role"):
        having = Membership.objects.filter(site=site, role__code=role)
        rows = rows.filter(pk__in=having.values("user"))
    return rows


def role_names(user: Any) -> list[str]:
    """Return the names of the roles of a row of `people.colleagues.colleagues`."""
    return [role_name(each.role) for each in user.site_memberships]


STAFF = Listing(
    name="staff",
    title=_("Staff"),
    rows=colleagues,
    columns=(
        Column("name", _("Full name"), lambda user: user.get_full_name(), fixed=True),
        Column("username", _("User name"), lambda user: user.username, sort="username"),
        Column("email", _("E-mail"), lambda user: user.email),
        Column("roles", _("Roles"), lambda user: ", ".join(role_names(user))),
        Column("last", _("Last sign-in"), lambda user: user.last_login),
    ),
    row_template="console/staff/row.html",
    sort="username",
    filters=StaffFilter,
    narrow=_narrow,
    prepare=lambda rows: [{"row": user, "roles": role_names(user)} for user in rows],
    empty=_("No one works here yet."),
)
