"""The record of notifications: who was notified of what, when and how."""

from django.utils.translation import gettext_lazy as _

from console.groups import WATCH
from core.permissions import SitePermission
from ui.sections import NavItem, Section

SECTION = Section(
    name="notifications",
    prefix="notifications/",
    urls="console.notifications.urls",
    help_template="console/notifications/help.html",
    navigation=(
        NavItem(
            "sent_notifications",
            _("Sent notifications"),
            "mail",
            SitePermission.VIEW_NOTIFICATIONS,
            group=WATCH,
        ),
    ),
)
