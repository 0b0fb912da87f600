"""The checklist of a new site, and the site's settings."""

from django.utils.translation import gettext_lazy as _

from console.groups import SITE
from console.setup.steps import PAGES, is_open, progress_at
from estate.permissions import EstatePermission
from ui.sections import Banner, NavItem, Section

SECTION = Section(
    name="setup",
    prefix="setup/",
    urls="console.setup.urls",
    help_template="console/setup/help.html",
    banner=Banner("console/setup/banner.html", EstatePermission.MANAGE_PLACES, PAGES, progress_at),
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
