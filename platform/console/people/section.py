"""People and companies, and which units and bays they occupy."""

from django.utils.translation import gettext_lazy as _

from console.groups import SITE
from console.people.search import find_firms, find_persons
from people.permissions import PeoplePermission
from ui.sections import Action, NavItem, SearchProvider, Section

_VIEW, _MANAGE = PeoplePermission.VIEW_PEOPLE, PeoplePermission.MANAGE_PEOPLE
SECTION = Section(
    name="people",
    prefix="people/",
    urls="console.people.urls",
    help_template="console/people/help.html",
    navigation=(NavItem("people", _("People"), "users", _VIEW, SITE),),
    search=(
        SearchProvider(_("People"), _VIEW, find_persons),
        SearchProvider(_("Companies"), _VIEW, find_firms),
    ),
    actions=(
        Action("move_in", _("Move in"), "user-plus", _MANAGE),
        Action("add_person", _("Add person"), "user", _MANAGE),
        Action("add_company", _("Add company"), "building", _MANAGE),
    ),
)
