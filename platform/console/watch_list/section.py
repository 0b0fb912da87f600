"""The watch-list."""

from django.utils.translation import gettext_lazy as _

from console.groups import WATCH
from incidents.permissions import IncidentPermission
from ui.sections import NavItem, Section

SECTION = Section(
    name="watch_list",
    prefix="watch-list/",
    urls="console.watch_list.urls",
    navigation=(
        NavItem(
            "watch_list",
            _("Watch-list"),
            "eye-exclamation",
            IncidentPermission.MANAGE_WATCH_LIST,
            group=WATCH,
        ),
    ),
)
