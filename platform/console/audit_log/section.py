"""The audit log: who did or viewed what."""

from django.utils.translation import gettext_lazy as _

from console.groups import WATCH
from core.permissions import SitePermission
from ui.sections import NavItem, Section

SECTION = Section(
    name="audit_log",
    prefix="audit/",
    urls="console.audit_log.urls",
    help_template="console/audit_log/help.html",
    navigation=(
        NavItem("audit_log", _("Audit log"), "checklist", SitePermission.VIEW_AUDIT, group=WATCH),
    ),
)
