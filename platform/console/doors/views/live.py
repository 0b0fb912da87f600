"""The live list of doors, one door's page, and opening it by hand."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from console.pages import render_page
from core.models import Site
from doors import board, release
from doors.labels import reason_label
from doors.models import DoorPassage
from doors.permissions import DoorPermission
from estate.models import Door
from estate.selectors import doors_at
from ui.dialogs import Change, Dialog, dialog_page
from ui.forms import ReasonForm, posted
from ui.pages import SiteRequest, site_page

OPEN_REASONS = [
    _("Visitor, announced by the host"),
    _("Resident known to the guard"),
    _("Delivery"),
    _("Emergency"),
    _("Device does not work"),
]
_SHOWN = 20


@site_page(DoorPermission.VIEW_DOORS)
def page(request: SiteRequest, site: Site) -> HttpResponse:
    """Show all doors as they are now, or those that the search text and the choice let through."""
    text, which = request.GET.get("q", "").strip(), request.GET.get("which", "")
    views = board.board(site)
    found = [view for view in views if _matches(view, text)]
    context = {
        "views": [view for view in found if view.needs_a_look] if which == "look" else found,
        "to_look_at": sum(view.needs_a_look for view in found),
        "total": len(found),
        "text": text,
        "which": which,
        "zones": board.zones_of(site),
        "groups": list(board.groups_of(site)),
    }
    return render_page(request, "console/doors/board.html", context, "doors")


@site_page(DoorPermission.VIEW_DOORS)
def door(request: SiteRequest, site: Site, pk: int) -> HttpResponse:
    """Show one door as it is now, with its latest passages for who may see them."""
    (view,) = board.board(site, doors_at(site).filter(pk=_door(site, pk).pk))
    context: dict[str, Any] = {
        "view": view,
        "groups": board.groups_of(site).filter(doors=pk),
        "passages": [],
    }
    if DoorPermission.VIEW_DOOR_PASSAGES in request.site_permissions:
        rows = DoorPassage.objects.filter(door=pk).select_related("person", "visit")
        context["passages"] = [
            (passage, reason_label(passage.rule, passage.facts))
            for passage in rows.order_by("-at", "-pk")[:_SHOWN]
        ]
    return render_page(request, "console/doors/door.html", context, "doors")


@dialog_page(DoorPermission.OPEN_DOORS)
def open_door(request: SiteRequest, site: Site, pk: int) -> Change:
    """Open a door for a moment."""
    found = _door(site, pk)
    return Change(
        Dialog(
            title=_("Open %(door)s") % {"door": found.name},
            lead=_("It opens for a moment. Your reason is recorded with your name."),
            button=_("Open the door"),
            suggestions=OPEN_REASONS,
        ),
        ReasonForm(posted(request)),
        lambda data: release.open_door(found, request.user, data["reason"]),
        _("Command sent."),
        ["live:door_passage"],
    )


def _door(site: Site, pk: int) -> Door:
    return get_object_or_404(Door.objects.in_use().select_related("site"), site=site, pk=pk)


def _matches(view: board.DoorView, text: str) -> bool:
    door, wanted = view.door, text.casefold()
    where = (door.name, door.code, door.building, door.zone)
    return any(wanted in str(each).casefold() for each in where if each is not None)
