"""The list of the staff."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.models import Site, User
from people.colleagues import available_roles, colleagues
from people.labels import role_name
from people.models import Membership
from ui.lists import Column, ListFilter, Listing, choice_filter, containing, search_filter


class StaffFilter(ListFilter):
    """Filters of the staff."""

    private = frozenset({"q"})

    q = search_filter(_("Name or e-mail"))
    role = choice_filter(_("Role"))

    def set_choices(self, site: Site) -> None:
        """Offer the site's roles."""
        self.offer("role", [(role.code, role_name(role)) for role in available_roles(site)])


def _having(site: Site, rows: QuerySet[User], role: str) -> QuerySet[User]:
    members = Membership.objects.filter(site=site, role__code=role)
    return rows.filter(pk__in=members.values("user"))


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
    lookups={"q": containing("username", "first_name", "email"), "role": _having},
    prepare=lambda rows: [{"row": user, "roles": role_names(user)} for user in rows],
    empty=_("No one works here yet."),
)
