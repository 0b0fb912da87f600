"""Doors as they are now: the live list, passages, lock-down and fire release."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from console.doors.search import find_doors
from console.groups import GATE
from core.models import Site
from core.permissions import SitePermission
from doors import board
from doors.permissions import DoorPermission
from doors.topics import ALERT, PASSAGE
from estate.topics import DOOR
from ui.sections import Action, Banner, Figure, NavItem, SearchProvider, Section, Tile

_SHOWN = 6


def alerts(site: Site, _page: str) -> dict[str, Any]:
    """Return what every page shows of doors."""
    return board.alerts(site)


def to_look_at(site: Site) -> dict[str, Any]:
    """Return the doors where something is not as it should be, and who is inside by zone."""
    views = board.board(site)
    found = [view for view in views if view.needs_a_look]
    return {
        "doors": found[:_SHOWN],
        "total": len(found),
        "has_doors": bool(views),
        "zones": board.zones_of(site),
    }


SECTION = Section(
    name="doors",
    prefix="doors/",
    urls="console.doors.urls",
    help_template="console/doors/help.html",
    banner=Banner(
        "console/doors/banner.html", SitePermission.VIEW_SITE, None, alerts, board.alert_rows
    ),
    navigation=(
        NavItem(
            "guard_desk", _("Guard's desk"), "id-badge-2", DoorPermission.VIEW_CARDS, group=GATE
        ),
        NavItem("doors", _("Doors"), "door-enter", DoorPermission.VIEW_DOORS, group=GATE),
        NavItem(
            "door_passages",
            _("Passages at doors"),
            "history",
            DoorPermission.VIEW_DOOR_PASSAGES,
            group=GATE,
        ),
        NavItem("muster", _("Muster list"), "checklist", DoorPermission.RUN_MUSTERS, group=GATE),
    ),
    figures=(
        Figure(
            "console/doors/figure.html",
            DoorPermission.VIEW_DOORS,
            to_look_at,
            order=35,
            topics=(DOOR, ALERT, PASSAGE),
            name="doors",
        ),
    ),
    tiles=(
        Tile(
            "console/doors/tile.html",
            DoorPermission.VIEW_DOORS,
            to_look_at,
            order=15,
            topics=(DOOR, ALERT),
        ),
    ),
    search=(SearchProvider(_("Doors"), DoorPermission.VIEW_DOORS, find_doors),),
    actions=(
        Action("request_lock_down", _("Lock doors down"), "lock", DoorPermission.OPEN_DOORS),
        Action("begin_muster", _("Begin a muster"), "checklist", DoorPermission.RUN_MUSTERS),
    ),
)
