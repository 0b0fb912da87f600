"""Incidents."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from console.groups import WATCH
from core.models import Site
from incidents.permissions import IncidentPermission
from incidents.selectors import active
from incidents.topics import INCIDENT
from ui.sections import Badge, NavItem, Section, Tile

_SHOWN = 4


def count_active(site: Site) -> int:
    """Count the active incidents."""
    return active(site).count()


def latest(site: Site) -> dict[str, Any]:
    """Return the newest active incidents."""
    return {"incidents": list(active(site)[:_SHOWN])}


SECTION = Section(
    name="incidents",
    prefix="incidents/",
    urls="console.incidents.urls",
    navigation=(
        NavItem(
            "incidents",
            _("Incidents"),
            "alert-triangle",
            IncidentPermission.VIEW_INCIDENTS,
            group=WATCH,
            badge=Badge("incidents", IncidentPermission.VIEW_INCIDENTS, count_active, (INCIDENT,)),
            on_phone=True,
        ),
    ),
    tiles=(
        Tile(
            "console/incidents/tile.html",
            IncidentPermission.VIEW_INCIDENTS,
            latest,
            order=20,
            topics=(INCIDENT,),
        ),
    ),
)
