"""Devices: the registry, one device's page, the fleet, provisioning and mappings."""

from django.utils.translation import gettext_lazy as _

from console.devices.search import find_devices
from console.groups import FIELD
from devices.permissions import DevicePermission
from ui.sections import NavItem, SearchProvider, Section

SECTION = Section(
    name="devices",
    prefix="devices/",
    urls="console.devices.urls",
    navigation=(
        NavItem("devices", _("Devices"), "device-cctv", DevicePermission.VIEW_DEVICES, group=FIELD),
    ),
    search=(SearchProvider(_("Devices"), DevicePermission.VIEW_DEVICES, find_devices),),
)
