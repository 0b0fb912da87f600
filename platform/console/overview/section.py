"""The overview of a site, its wall display, and its map."""

from django.utils.translation import gettext_lazy as _

from console.groups import GATE
from core.permissions import SitePermission
from estate.permissions import EstatePermission
from ui.sections import NavItem, Section, Start

SECTION = Section(
    name="overview",
    prefix="",
    urls="console.overview.urls",
    help_template="console/overview/help.html",
    navigation=(
        NavItem(
            "overview", _("Overview"), "activity", SitePermission.VIEW_SITE, GATE, on_phone=True
        ),
        NavItem("map", _("Map"), "map-2", SitePermission.VIEW_SITE, group=GATE),
    ),
    start=Start("overview", EstatePermission.MANAGE_PLACES, order=10),
)
