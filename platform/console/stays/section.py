"""Stays: which cars are inside, and which were."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from console.groups import GATE
from console.plate_hits import plate_search
from core.models import Site
from core.permissions import SitePermission
from estate.topics import BAY
from parking.course import HourOfLots, lots_expected, lots_today
from parking.permissions import ParkingPermission
from parking.selectors import Occupancy, occupancy, stays
from parking.topics import STAY
from ui.sections import Figure, NavItem, SearchProvider, Section, Tile

# An hour, and of each car park the cars inside then and those that are expected.
_Row = tuple[datetime, list[tuple[int | None, int | None]]]


def lots(site: Site) -> dict[str, Any]:
    """Return how full each car park is."""
    return {"lots": occupancy(site)}


def course(site: Site) -> dict[str, Any]:
    """Return how full each car park is, was today and is expected to be, at every full hour."""
    lots, today = occupancy(site), lots_today(site)
    expected = lots_expected(site, today[-1])
    rows: list[_Row] = [(each.at, [(_inside(each, of), None) for of in lots]) for each in today]
    if expected:
        rows[-1] = (today[-1].at, [(_inside(today[-1], of), _inside(today[-1], of)) for of in lots])
        rows += [(each.at, [(None, _inside(each, of)) for of in lots]) for each in expected]
    return {"lots": lots, "hours": rows, "expected": expected}


def _inside(hour: HourOfLots, of: Occupancy) -> int:
    return hour.inside.get(of.lot.pk, 0)


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
