"""Devices: the registry, one device's page, the fleet, provisioning and mappings."""

from django.utils.translation import gettext_lazy as _

from console.groups import FIELD
from devices.permissions import DevicePermission
from ui.sections import NavItem, Section

SECTION = Section(
    name="devices",
    prefix="devices/",
    urls="console.devices.urls",
    navigation=(
        NavItem("devices", _("Devices"), "device-cctv", DevicePermission.VIEW_DEVICES, group=FIELD),
    ),
)
