"""Incidents."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from console.groups import WATCH
from core.models import Site
from incidents.permissions import IncidentPermission
from incidents.selectors import active, active_by_severity
from incidents.topics import INCIDENT
from ui.sections import Badge, Figure, NavItem, Section, Tile

_SHOWN = 4


def latest(site: Site) -> dict[str, Any]:
    """Return the newest active incidents."""
    return {"incidents": list(active(site)[:_SHOWN])}


def by_severity(site: Site) -> dict[str, Any]:
    """Return the active incidents by severity and age, and their number."""
    rows = active_by_severity(site)
    return {"rows": rows, "total": sum(row.total for row in rows)}


SECTION = Section(
    name="incidents",
    prefix="incidents/",
    urls="console.incidents.urls",
    help_template="console/incidents/help.html",
    navigation=(
        NavItem(
            "incidents",
            _("Incidents"),
            "alert-triangle",
            IncidentPermission.VIEW_INCIDENTS,
            group=WATCH,
            badge=Badge("incidents", IncidentPermission.VIEW_INCIDENTS, active, (INCIDENT,)),
        ),
    ),
    figures=(
        Figure(
            "console/incidents/figure.html",
            IncidentPermission.VIEW_INCIDENTS,
            by_severity,
            order=40,
            topics=(INCIDENT,),
            name="incidents",
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
