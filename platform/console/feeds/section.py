"""Feeds to authorities."""

from django.utils.translation import gettext_lazy as _

from console.groups import WATCH
from incidents.feeds.selectors import needing_attention
from incidents.permissions import IncidentPermission
from incidents.topics import FEED
from ui.sections import Badge, NavItem, Section

SECTION = Section(
    name="feeds",
    prefix="feeds/",
    urls="console.feeds.urls",
    help_template="console/feeds/help.html",
    navigation=(
        NavItem(
            "feeds",
            _("Feeds"),
            "send",
            IncidentPermission.MANAGE_FEEDS,
            group=WATCH,
            badge=Badge("feeds", IncidentPermission.MANAGE_FEEDS, needing_attention, (FEED,)),
        ),
    ),
)
