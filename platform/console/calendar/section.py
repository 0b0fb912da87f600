"""The site's calendar."""

from django.utils.translation import gettext_lazy as _

from console.groups import SITE
from estate.permissions import EstatePermission
from ui.sections import NavItem, Section

SECTION = Section(
    name="calendar",
    prefix="calendar/",
    urls="console.calendar.urls",
    help_template="console/calendar/help.html",
    navigation=(
        NavItem(
            "calendar",
            _("Holidays"),
            "calendar",
            EstatePermission.MANAGE_PLACES,
            group=SITE,
        ),
    ),
)
