"""Where else the console shows a car: its registration, and the lists that have its plate."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from access.permissions import AccessPermission
from core.sealed_text import seal
from incidents.permissions import IncidentPermission
from parking.permissions import ParkingPermission
from people.selectors import vehicles
from ui.pages import SiteRequest

# The lists, each with its URL name and who may open it.
_LISTS: tuple[tuple[Any, str, str], ...] = (
    (_("Stays of this car"), "console:stays", ParkingPermission.VIEW_STAYS),
    (_("Passages of this car"), "console:passages", AccessPermission.VIEW_PASSAGES),
    (_("Allow and block list"), "console:access", AccessPermission.MANAGE_LISTS),
    (_("Visitor passes"), "console:access_passes", AccessPermission.MANAGE_LISTS),
    (_("Watch-list"), "console:watch_list", IncidentPermission.MANAGE_WATCH_LIST),
)


def car_context(request: SiteRequest, plate: str) -> dict[str, Any]:
    """Return what the card of a car shows, as far as the person may see it.

    Returns:
        ``car_lists``, labels with addresses that hold the plate sealed; and ``registration``, None
        for a car that is registered to no one.
    """
    if not plate:
        return {"car_lists": [], "registration": None}
    query = urlencode({"q": seal(plate)})
    permitted, slug = request.site_permissions, request.site.slug
    lists = [
        (label, f"{reverse(name, args=[slug])}?{query}")
        for label, name, permission in _LISTS
        if permission in permitted
    ]
    found = None
    if AccessPermission.MANAGE_LISTS in permitted:
        found = vehicles(request.site).filter(plate=plate).first()
    return {"car_lists": lists, "registration": found}
