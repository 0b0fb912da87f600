"""The map of a site, with tiles of the other areas beside it."""

from django.utils.translation import gettext_lazy as _

from console.groups import GATE
from core.permissions import SitePermission
from ui.sections import NavItem, Section

SECTION = Section(
    name="overview",
    prefix="",
    urls="console.overview.urls",
    navigation=(
        NavItem("map", _("Map"), "map-2", SitePermission.VIEW_SITE, group=GATE, on_phone=True),
    ),
)
