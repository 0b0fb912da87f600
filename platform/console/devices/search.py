"""What the search box finds of devices."""

from django.db.models import Q
from django.urls import reverse

from core.models import Site
from devices.selectors import devices_of
from ui.sections import Hit


def find_devices(site: Site, text: str, most: int) -> list[Hit]:
    """Return the devices whose name, code or serial number contains the text."""
    named = Q(name__icontains=text) | Q(code__icontains=text) | Q(serial__icontains=text)
    return [
        Hit(
            device.name or device.code,
            reverse("console:device", args=[site.slug, device.pk]),
            f"{device.code} · {device.get_state_display()}",
            "device-cctv",
        )
        for device in devices_of(site).filter(named).order_by("code")[:most]
    ]
