"""The lane board: the guard's workplace."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from access.permissions import AccessPermission
from access.selectors import lanes_with_held_car
from access.topics import LANE
from console.groups import GATE
from console.lane_cards import LaneCard, lane_cards
from core.models import Site
from ui.sections import Badge, Figure, NavItem, Section, Start, Tile


def waiting_lanes(site: Site) -> dict[str, Any]:
    """Return the lanes whose car may need a person."""
    return {"waiting": [card for card in lane_cards(site) if card.waits]}


def all_lanes(site: Site) -> dict[str, list[LaneCard]]:
    """Return every lane with its latest car."""
    return {"cards": lane_cards(site)}


SECTION = Section(
    name="lanes",
    prefix="lanes/",
    urls="console.lanes.urls",
    help_template="console/lanes/help.html",
    navigation=(
        NavItem(
            "lanes",
            _("Lanes"),
            "barrier-block",
            AccessPermission.VIEW_PASSAGES,
            group=GATE,
            badge=Badge("held", AccessPermission.VIEW_PASSAGES, lanes_with_held_car, (LANE,)),
            on_phone=True,
        ),
    ),
    figures=(
        Figure(
            "console/lanes/waiting_figure.html",
            AccessPermission.VIEW_PASSAGES,
            waiting_lanes,
            order=30,
            topics=(LANE,),
            name="waiting",
        ),
    ),
    start=Start("lanes", AccessPermission.OPEN_BARRIER, order=40),
    tiles=(
        Tile(
            "console/lanes/waiting_tile.html",
            AccessPermission.VIEW_PASSAGES,
            waiting_lanes,
            order=10,
            topics=(LANE,),
        ),
        Tile(
            "console/lanes/lanes_tile.html",
            AccessPermission.VIEW_PASSAGES,
            all_lanes,
            order=40,
            topics=(LANE,),
        ),
    ),
)
