"""Devices: the registry, one device's page, the fleet, passwords and mappings."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from console.devices.search import find_devices
from console.groups import FIELD
from core.models import Site
from devices import fleet
from devices.permissions import DevicePermission
from devices.topics import DEVICE
from ui.sections import Figure, NavItem, SearchProvider, Section, Start

_LONGEST = 3


def silence(site: Site) -> dict[str, Any]:
    """Return the devices by state, and those that are silent longest."""
    return {"counts": fleet.counts(site), "silent": list(fleet.silent(site)[:_LONGEST])}


SECTION = Section(
    name="devices",
    prefix="devices/",
    urls="console.devices.urls",
    help_template="console/devices/help.html",
    navigation=(
        NavItem("devices", _("Devices"), "device-cctv", DevicePermission.VIEW_DEVICES, group=FIELD),
    ),
    figures=(
        Figure(
            "console/devices/silent_figure.html",
            DevicePermission.VIEW_DEVICES,
            silence,
            order=50,
            topics=(DEVICE,),
            name="devices",
        ),
    ),
    start=Start("fleet_health", DevicePermission.MANAGE_DEVICES, order=50),
    search=(SearchProvider(_("Devices"), DevicePermission.VIEW_DEVICES, find_devices),),
)
