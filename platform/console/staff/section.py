"""The site's staff."""

from django.utils.translation import gettext_lazy as _

from console.groups import SITE
from people.permissions import PeoplePermission
from ui.sections import Action, NavItem, Section

SECTION = Section(
    name="staff",
    prefix="staff/",
    urls="console.staff.urls",
    help_template="console/staff/help.html",
    navigation=(
        NavItem("staff", _("Staff"), "users-group", PeoplePermission.MANAGE_STAFF, group=SITE),
    ),
    actions=(
        Action(
            "invite_colleague", _("Invite a colleague"), "user-plus", PeoplePermission.MANAGE_STAFF
        ),
    ),
)
