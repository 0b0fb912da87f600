"""The state of the installation: what runs, what is missing, and how to correct it."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from console.groups import INSTALLATION
from console.health.labels import part_label
from core import health
from core.models import Site
from core.permissions import SitePermission
from core.topics import HEALTH
from ui.sections import Badge, Figure, NavItem, Section


def count_failed(_site: Site) -> int:
    """Count the parts of the installation whose check failed."""
    return len(health.failed_parts())


def failed(_site: Site) -> dict[str, Any]:
    """Return what the parts are called whose check failed."""
    return {"failed": [part_label(part) for part in health.failed_parts()]}


SECTION = Section(
    name="health",
    prefix="health/",
    urls="console.health.urls",
    help_template="console/health/help.html",
    navigation=(
        NavItem(
            "health",
            _("State"),
            "heartbeat",
            SitePermission.VIEW_HEALTH,
            group=INSTALLATION,
            badge=Badge("health", SitePermission.VIEW_HEALTH, count_failed, (HEALTH,)),
        ),
    ),
    figures=(
        Figure(
            "console/health/figure.html",
            SitePermission.VIEW_HEALTH,
            failed,
            order=5,
            topics=(HEALTH,),
            name="health",
            wide=True,
        ),
    ),
)
