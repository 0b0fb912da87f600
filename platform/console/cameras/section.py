"""The cameras that take pictures of incidents."""

from django.utils.translation import gettext_lazy as _

from console.groups import WATCH
from incidents.permissions import IncidentPermission
from ui.sections import NavItem, Section

SECTION = Section(
    name="cameras",
    prefix="evidence-cameras/",
    urls="console.cameras.urls",
    help_template="console/cameras/help.html",
    navigation=(
        NavItem(
            "cameras",
            _("Evidence cameras"),
            "device-cctv",
            IncidentPermission.MANAGE_EVIDENCE_CAMERAS,
            group=WATCH,
        ),
    ),
)
