"""Which registered device a message comes from.

Asked anew for each message: one indexed query, and a device that was disabled, moved or rotated a
moment ago is what it is now, in every process.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from core.errors import Refusal
from devices.drivers.contract import Manifest, Sender, SignsInWith, Source

_COLUMNS = """
SELECT device.id, device.site_id, site.slug, device.driver, device.enabled, device.state,
       device.interval_s, device.last_seen_at
FROM devices_device AS device JOIN core_site AS site ON site.id = device.site_id
"""
_BY = {
    SignsInWith.CODE: _COLUMNS + "WHERE device.code = %s",
    SignsInWith.SERIAL: _COLUMNS + "WHERE device.serial = %s",
}


@dataclass(frozen=True)
class Registered:
    """What the link needs to know of a device."""

    device_id: int
    site_id: int
    site: str
    driver: str
    enabled: bool
    state: str
    interval_s: int
    last_seen_at: datetime | None

    def source(self, sender: Sender) -> Source:
        """Return what a driver may know of it."""
        return Source(self.device_id, self.site_id, sender.name)


def find(manifest: Manifest, sender: Sender) -> Registered | None:
    """Return the device that signs in under the sender's name, None when there is none."""
    with connection.cursor() as cursor:
        cursor.execute(_BY[manifest.signs_in_with], [sender.name])
        row = cursor.fetchone()
    return Registered(*row) if row else None


def check(device: Registered | None, manifest: Manifest, sender: Sender) -> Registered:
    """Return the device when it may say what it says.

    Raises:
        Refusal: it is unknown or disabled, of another driver, or at another site.
    """
    name = manifest.signs_in_with.value
    if device is None:
        raise Refusal(name, f"{sender.name} is not registered", "register the device first")
    if device.driver != manifest.name:
        raise Refusal(
            "topic", f"belongs to {manifest.name}, not to {device.driver}", "choose its driver"
        )
    if sender.site is not None and sender.site != device.site:
        raise Refusal(
            "site", f"{sender.name} does not stand at {sender.site}", "set its site in the device"
        )
    if not device.enabled:
        raise Refusal(name, f"{sender.name} is disabled", "enable it, then replay this message")
    return device
