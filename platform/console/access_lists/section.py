"""The allow and block list, residents' cars and visitor passes."""

from django.utils.translation import gettext_lazy as _

from access.permissions import AccessPermission
from console.groups import GATE
from ui.sections import NavItem, Section

SECTION = Section(
    name="access_lists",
    prefix="access/",
    urls="console.access_lists.urls",
    navigation=(
        NavItem("access", _("Access"), "id-badge-2", AccessPermission.MANAGE_LISTS, group=GATE),
    ),
)
