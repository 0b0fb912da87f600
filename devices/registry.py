"""Which registered device a message comes from.

Asked anew for each message: one indexed query, and a device that was disabled, moved or rotated a
moment ago is what it is now, in every process.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from devices import drivers
from devices.drivers.contract import Driver, Manifest, Sender, SignsInWith, Source
from devices.models import Device
from devices.rejections import rejected, storable

_COLUMNS = """
SELECT device.id, device.site_id, site.slug, device.driver, device.enabled, device.state,
       device.interval_s, device.last_seen_at, device.options, device.firmware, device.model,
       device.code, site.timezone
FROM devices_device AS device JOIN core_site AS site ON site.id = device.site_id
"""
# Notified when a device with topics of its own comes, goes or changes.
CHANNEL = "gatehouse_topics"
# The channel of a message on a device's own topic.
OWN_TOPIC = "own"
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
    options: Mapping[str, Any] = field(default_factory=dict)
    firmware: str = ""
    model: str = ""
    code: str = ""
    timezone: str = "UTC"

    def source(self, sender: Sender) -> Source:
        """Return what a driver may know of it."""
        return Source(self.device_id, self.site_id, sender.name, self.options, self.timezone)


@dataclass(frozen=True)
class Addressed:
    """A message's way in: who reads it, who sends it, and the device, where it is registered."""

    driver: Driver
    sender: Sender
    device: Registered | None

    def source(self) -> Source:
        """Return what the driver may know of the device, which may say what it says.

        Raises:
            Rejection: it is unknown or disabled, of another driver, or at another site.
        """
        return check(self.device, self.driver.MANIFEST, self.sender).source(self.sender)


def address(topic: str, payload: bytes) -> Addressed:
    """Return whose message it is: by a driver's topic, else by a device's own.

    Raises:
        Rejection: it is nobody's topic, or the message does not say who sends it.
    """
    found = drivers.identify_sender(topic, payload)
    if found is not None:
        driver, sender = found
        return Addressed(driver, sender, find(driver.MANIFEST, sender))
    device = _one(_COLUMNS + "WHERE device.topic = %s", storable(topic, 240))
    if device is None:
        raise rejected("topic", "topic_unknown")
    return Addressed(drivers.driver(device.driver), Sender(device.code, OWN_TOPIC), device)


def find(manifest: Manifest, sender: Sender) -> Registered | None:
    """Return the device that signs in under the sender's name, None when there is none."""
    return _one(_BY[manifest.signs_in_with], storable(sender.name, 60))


def own_topics() -> list[str]:
    """Return the topics of the enabled devices that have some which no driver's filter reaches."""
    by_device = [name for name, each in drivers.DRIVERS.items() if each.MANIFEST.topics_of_device]
    devices = Device.objects.filter(Q(topic__isnull=False) | Q(driver__in=by_device), enabled=True)
    return sorted({topic for device in devices for topic in topics_of(device)})


def topics_of(device: Device) -> list[str]:
    """Return the topics that are listened to for this device alone."""
    own = [] if device.topic is None else [device.topic]
    if device.driver not in drivers.DRIVERS:  # it left with an upgrade: no reason to hear nobody
        return own
    manifest = drivers.driver(device.driver).MANIFEST
    name = device.code if manifest.signs_in_with == SignsInWith.CODE else device.serial
    return own + [topic.replace("{name}", name) for topic in manifest.topics_of_device if name]


def tell_topics() -> None:
    """Have the gates process listen to the devices' own topics as they are after this commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])


def _one(query: str, value: str) -> Registered | None:
    with connection.cursor() as cursor:
        cursor.execute(query, [value])
        row = cursor.fetchone()
    if row is None:
        return None
    *columns, options, firmware, model, code, timezone = row
    # A raw cursor gives what the column holds: JSON as text.
    said = {"options": json.loads(options), "firmware": firmware, "model": model}
    return Registered(*columns, **said | {"code": code, "timezone": timezone})


def check(device: Registered | None, manifest: Manifest, sender: Sender) -> Registered:
    """Return the device when it may say what it says.

    Raises:
        Rejection: it is unknown or disabled, of another driver, or at another site.
    """
    name = manifest.signs_in_with.value
    if device is None:
        raise rejected(name, "device_unknown", device=sender.name)
    if device.driver != manifest.name:
        raise rejected("topic", "driver_mismatch", driver=manifest.name, chosen=device.driver)
    if sender.site is not None and sender.site != device.site:
        raise rejected("site", "site_mismatch", device=sender.name, site=sender.site)
    if not device.enabled:
        raise rejected(name, "device_disabled", device=sender.name)
    return device
