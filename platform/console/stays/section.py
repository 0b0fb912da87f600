"""Stays: which cars are inside, and which were."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from console.groups import GATE
from console.plate_hits import plate_search
from core.models import Site
from core.permissions import SitePermission
from estate.topics import BAY
from parking.course import lots_today
from parking.permissions import ParkingPermission
from parking.selectors import occupancy, stays
from parking.topics import STAY
from ui.sections import Figure, NavItem, SearchProvider, Section, Tile


def lots(site: Site) -> dict[str, Any]:
    """Return how full each car park is."""
    return {"lots": occupancy(site)}


def course(site: Site) -> dict[str, Any]:
    """Return how full each car park is, and was today at every full hour."""
    lots = occupancy(site)
    hours = [(each.at, [each.inside.get(of.lot.pk, 0) for of in lots]) for each in lots_today(site)]
    return {"lots": lots, "hours": hours}


FIND_STAYS = plate_search(
    stays, "entered_at", "console:stay", lambda stay: stay.get_status_display(), "parking"
)

SECTION = Section(
    name="stays",
    prefix="stays/",
    urls="console.stays.urls",
    help_template="console/stays/help.html",
    navigation=(
        NavItem(
            "stays",
            _("Stays"),
            "parking",
            ParkingPermission.VIEW_STAYS,
            group=GATE,
            on_phone=True,
        ),
    ),
    tiles=(
        Tile(
            "console/stays/lots_tile.html",
            SitePermission.VIEW_SITE,
            lots,
            order=30,
            topics=(STAY, BAY),
        ),
    ),
    figures=(
        Figure(
            "console/stays/occupancy_figure.html",
            ParkingPermission.VIEW_STAYS,
            course,
            order=20,
            topics=(STAY, BAY),
            name="occupancy",
            wide=True,
        ),
    ),
    search=(SearchProvider(_("Stays"), ParkingPermission.VIEW_STAYS, FIND_STAYS),),
)
