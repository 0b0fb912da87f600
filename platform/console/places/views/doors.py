"""Dialogs about doors: add them, choose those of a group, connect the devices that serve them."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from console.places import door_forms as forms
from console.places.kinds import in_use_or_404
from console.places.proposals import next_code
from console.places.views.changes import CHANGED, add_place
from core.models import Site
from doors import entrances, time_profiles
from doors.models import OpenHours
from doors.permissions import DoorPermission
from estate import services
from estate.models import Door, DoorDevice, DoorGroup, Zone
from estate.permissions import EstatePermission
from ui.dialogs import Change, Dialog, confirm_form, dialog_page
from ui.forms import posted
from ui.guided import GuidedChange, guided_page
from ui.pages import SiteRequest

_MANAGE = EstatePermission.MANAGE_PLACES


@dialog_page(_MANAGE)
def add_door(request: SiteRequest, site: Site) -> Change:
    """Add a door."""
    initial = next_code(Door, site, "door-")
    form = forms.DoorForm(request.POST or None, site=site, initial=initial)
    return add_place(_("Add door"), form, services.create_door, site, request)


@dialog_page(_MANAGE)
def add_zone(request: SiteRequest, site: Site) -> Change:
    """Add a zone."""
    initial = next_code(Zone, site, "zone-")
    form = forms.ZoneForm(request.POST or None, site=site, initial=initial)
    return add_place(_("Add zone"), form, services.create_zone, site, request)


@dialog_page(_MANAGE)
def add_group(request: SiteRequest, site: Site) -> Change:
    """Add a group of doors."""
    initial = next_code(DoorGroup, site, "doors-")
    form = forms.DoorGroupForm(request.POST or None, site=site, initial=initial)
    return add_place(_("Add group of doors"), form, services.create_door_group, site, request)


@dialog_page(_MANAGE)
def choose_doors(request: SiteRequest, site: Site, pk: int) -> Change:
    """Choose which doors belong to a group."""
    group = in_use_or_404("door_group", site, pk)
    return Change(
        Dialog(
            title=_("Doors of %(group)s") % {"group": group},
            lead=_("Every right at the group is a right at each of its doors."),
            button=_("Save"),
        ),
        forms.DoorsOfGroupForm(posted(request), group),
        lambda data: services.set_doors(group, request.user, list(data["doors"])),
        _("Saved."),
        CHANGED,
    )


@dialog_page(_MANAGE)
def connect(request: SiteRequest, site: Site, pk: int) -> Change:
    """Let a device serve a door."""
    door = in_use_or_404("door", site, pk)

    def perform(data: dict[str, Any]) -> DoorDevice:
        device = data.pop("device")
        return services.connect_device(door, device, request.user, **data)

    return Change(
        Dialog(
            title=_("Connect a device to %(door)s") % {"door": door},
            lead=_("What the device can't apply is refused with the reason."),
            button=_("Connect"),
        ),
        forms.ConnectForm(posted(request), site),
        perform,
        lambda served: gettext("%(device)s serves this door.") % {"device": served.device.code},
        CHANGED,
    )


@dialog_page(_MANAGE)
def disconnect(request: SiteRequest, site: Site, pk: int) -> Change:
    """Take a device from the door that it serves."""
    rows = DoorDevice.objects.select_related("door__site", "device")
    served = get_object_or_404(rows, pk=pk, door__site=site)
    names = {"device": served.device.code, "door": served.door}
    return Change(
        Dialog(
            title=_("Disconnect %(device)s from %(door)s") % names,
            lead=_("It opens this door no more, and can serve another one."),
            button=_("Disconnect"),
            tone="danger-soft",
        ),
        confirm_form(request),
        lambda data: services.disconnect_device(served, request.user),
        _("Disconnected."),
        CHANGED,
    )


@dialog_page(DoorPermission.MANAGE_RIGHTS)
def open_hours(request: SiteRequest, site: Site, pk: int) -> Change:
    """Set when a door is open to all."""
    door = in_use_or_404("door", site, pk)
    now = OpenHours.objects.filter(door=door).first()
    return Change(
        Dialog(
            title=_("When %(door)s is open to all") % {"door": door},
            lead=_("In these times it opens for everybody, without a right."),
            button=_("Save"),
        ),
        forms.OpenHoursForm(posted(request), site, {"profile": now.profile_id if now else None}),
        lambda data: time_profiles.set_open_hours(door, request.user, data["profile"]),
        _("Saved."),
        CHANGED,
    )


@guided_page(_MANAGE)
def generate_entrances(request: SiteRequest, site: Site) -> GuidedChange:
    """Make an entrance for each building that has no door, after showing them."""

    def done(made: list[Door]) -> str:
        text = ngettext("%(n)s entrance was made.", "%(n)s entrances were made.", len(made))
        return text % {"n": len(made)}

    return GuidedChange(
        title=_("An entrance for each house"),
        button=_("Make entrances"),
        lead=_("Each building without a door gets one, in a group of its own."),
        form=forms.EntrancesForm(posted(request), initial={"decides": Door.Decides.SERVER}),
        plan=lambda data: entrances.plan_entrances(site),
        template="console/places/entrances_plan.html",
        perform=lambda data: entrances.create_entrances(site, request.user, **data),
        done=done,
        events=CHANGED,
    )
