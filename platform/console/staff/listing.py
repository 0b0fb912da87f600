"""The list of the staff."""

from typing import Any

from django.db.models import QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.models import Site, User
from core.text_lists import joined
from people.colleagues import available_roles, colleagues
from people.labels import role_name
from people.models import Membership
from ui.lists import Column, ListFilter, Listing, choice_filter, containing, search_filter
from ui.lists.cells import RowPage, link, state
from ui.templatetags.gatehouse import moment


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


def _name(user: User, page: RowPage) -> SafeString:
    name = user.display_name
    return link(page.address("console:colleague", user.pk), name)


def _last(user: User, _page: RowPage) -> object:
    """Return when a colleague last signed in, or why none can."""
    if not user.is_active:
        return state(_("deactivated"))
    if user.must_change_password:
        return state(_("has a one-time password"), "wait")
    return moment(user.last_login, "date")


STAFF = Listing(
    name="staff",
    title=_("Staff"),
    rows=colleagues,
    columns=(
        Column("name", _("Full name"), lambda user: user.get_full_name(), fixed=True),
        Column("username", _("User name"), lambda user: user.username, sort="username"),
        Column("email", _("E-mail"), lambda user: user.email),
        Column("roles", _("Roles"), lambda user: joined(role_names(user))),
        Column("last", _("Last sign-in"), lambda user: user.last_login),
    ),
    cells={"name": _name, "last": _last},
    sort="username",
    filters=StaffFilter,
    lookups={"q": containing("username", "first_name", "email"), "role": _having},
    empty=_("No one works here yet."),
)
