"""The watch-list."""

from django.utils.translation import gettext_lazy as _

from console.groups import WATCH
from incidents.permissions import IncidentPermission
from incidents.selectors import waiting_for_approval
from incidents.topics import WATCH_ENTRY
from ui.sections import Badge, NavItem, Section

SECTION = Section(
    name="watch_list",
    prefix="watch-list/",
    urls="console.watch_list.urls",
    help_template="console/watch_list/help.html",
    navigation=(
        NavItem(
            "watch_list",
            _("Watch-list"),
            "eye-exclamation",
            IncidentPermission.MANAGE_WATCH_LIST,
            group=WATCH,
            badge=Badge(
                "approvals",
                IncidentPermission.MANAGE_WATCH_LIST,
                waiting_for_approval,
                (WATCH_ENTRY,),
            ),
        ),
    ),
)
