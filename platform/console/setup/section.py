"""The checklist of a new site, and the site's settings."""

from django.utils.translation import gettext_lazy as _

from console.groups import SITE
from console.setup.steps import is_open
from estate.permissions import EstatePermission
from ui.sections import NavItem, Section

SECTION = Section(
    name="setup",
    prefix="setup/",
    urls="console.setup.urls",
    help_template="console/setup/help.html",
    navigation=(
        NavItem(
            "setup",
            _("Set up"),
            "list-check",
            EstatePermission.MANAGE_PLACES,
            SITE,
            is_shown=is_open,
        ),
        NavItem("site_settings", _("Site settings"), "home", EstatePermission.MANAGE_PLACES, SITE),
    ),
)
