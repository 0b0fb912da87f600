"""Stays: which cars are inside, and which were."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from console.groups import GATE
from console.stays.search import find_stays
from core.models import Site
from core.permissions import SitePermission
from estate.topics import BAY
from parking.permissions import ParkingPermission
from parking.selectors import occupancy
from parking.topics import STAY
from ui.sections import NavItem, SearchProvider, Section, Tile


def lots(site: Site) -> dict[str, Any]:
    """Return how full each car park is."""
    return {"lots": occupancy(site)}


SECTION = Section(
    name="stays",
    prefix="stays/",
    urls="console.stays.urls",
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
    search=(SearchProvider(_("Stays"), ParkingPermission.VIEW_STAYS, find_stays),),
)
