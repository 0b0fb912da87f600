"""Passages: every car that came to a lane, and what was decided."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from access.permissions import AccessPermission
from access.selectors import passages
from access.topics import LANE
from access.traffic import cars_today
from console.groups import GATE
from console.plate_hits import plate_search
from core import clock
from core.models import Site
from ui.sections import Figure, NavItem, SearchProvider, Section


def traffic(site: Site) -> dict[str, Any]:
    """Return today's cars by hour, and when the day began, for the link to its passages."""
    midnight = clock.midnight(clock.local(clock.now(), site.timezone).date(), site.timezone)
    return {"day": cars_today(site), "since": clock.local(midnight, site.timezone)}


FIND_PASSAGES = plate_search(
    passages, "seen_at", "console:passage", lambda passage: passage.lane.name, "history"
)

SECTION = Section(
    name="passages",
    prefix="passages/",
    urls="console.passages.urls",
    help_template="console/passages/help.html",
    navigation=(
        NavItem("passages", _("Passages"), "history", AccessPermission.VIEW_PASSAGES, group=GATE),
    ),
    figures=(
        Figure(
            "console/passages/traffic_figure.html",
            AccessPermission.VIEW_PASSAGES,
            traffic,
            order=10,
            topics=(LANE,),
            name="traffic",
            wide=True,
        ),
    ),
    search=(SearchProvider(_("Passages"), AccessPermission.VIEW_PASSAGES, FIND_PASSAGES),),
)
