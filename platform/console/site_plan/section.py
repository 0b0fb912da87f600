"""The plan of the site: its revisions, and the editor that draws it."""

from django.utils.translation import gettext_lazy as _

from console.groups import SITE
from estate.permissions import EstatePermission
from ui.sections import NavItem, Section

SECTION = Section(
    name="site_plan",
    prefix="site-plan/",
    urls="console.site_plan.urls",
    help_template="console/site_plan/help.html",
    navigation=(
        NavItem("site_plan", _("Plan"), "map-pin", EstatePermission.MANAGE_PLACES, group=SITE),
    ),
)
