"""How long personal data is kept, and legal holds."""

from django.utils.translation import gettext_lazy as _

from console.groups import SITE
from core.permissions import SitePermission
from core.retention import due_holds
from ui.sections import Badge, NavItem, Section

SECTION = Section(
    name="retention",
    prefix="retention/",
    urls="console.retention.urls",
    help_template="console/retention/help.html",
    navigation=(
        NavItem(
            "retention",
            _("Retention"),
            "history",
            SitePermission.MANAGE_RETENTION,
            group=SITE,
            badge=Badge("retention", SitePermission.MANAGE_RETENTION, due_holds, topics=()),
        ),
    ),
)
