"""Find the registered device that a message comes from.

Each message costs one indexed query; there is no cache, so that a device that was just disabled or
moved is treated accordingly in every process.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from core.errors import Rejection
from devices import drivers
from devices.drivers.contract import Driver, Manifest, Sender, SignsInWith, Source
from devices.models import Device
from devices.rejections import rejected, storable

# The columns that find a device, and their values.
Place = tuple[str, tuple[str, ...]]

# Several devices are found by a join with their names, where a site is no constant: for one that is
# newer than the table's statistics, PostgreSQL would read all its devices.
_COLUMNS = """
SELECT device.id, device.site_id, site.slug, device.driver, device.enabled, device.state,
       device.interval_s, device.last_seen_at, device.options, device.firmware, device.model,
       device.code, site.timezone, device.clock_offset_ms, {names}
FROM {asked} devices_device AS device JOIN core_site AS site ON site.id = device.site_id
WHERE ({names}) = ({values})
"""
_FIELDS = 14  # before the names
# Notified when a device with its own topics is added, changed or disabled.
CHANNEL = "gatehouse_topics"
# The channel of a message on a device's own topic.
OWN_TOPIC = "own"
# The columns that find a device by the name of a sender.
_BY = {
    SignsInWith.CODE: "coalesce(device.username, device.code)",
    SignsInWith.SERIAL: "device.serial",
}
_AT_SITE = "device.code, site.slug"
_BY_TOPIC = "device.topic"


@dataclass(frozen=True)
class Registered:
    """A device as registered, as far as handling its messages needs it."""

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
    clock_offset_ms: int | None = None

    def source(self, sender: Sender) -> Source:
        """Return the part of it that a driver may see."""
        return Source(self.device_id, self.site_id, sender.name, self.options, self.timezone)


@dataclass(frozen=True)
class Addressed:
    """Driver and sender of a message, and the device if it is registered."""

    driver: Driver
    sender: Sender
    device: Registered | None

    def source(self) -> Source:
        """Return the device for its driver, after checking that it may publish this message.

        Raises:
            Rejection: it is unknown or disabled, has another driver, or is at another site.
        """
        return check(self.device, self.driver.MANIFEST, self.sender).source(self.sender)


def address(topic: str, payload: bytes) -> Addressed:
    """Find driver, sender and device by a driver's topics, else by a device's own topic.

    Raises:
        Rejection: the topic belongs to no driver or device, or the message names no sender.
    """
    found = drivers.identify_sender(topic, payload)
    if found is not None:
        driver, sender = found
        return Addressed(driver, sender, find(driver.MANIFEST, sender))
    by_topic = (_BY_TOPIC, (storable(topic, 240),))
    device = _find_all([by_topic]).get(by_topic)
    if device is None:
        raise rejected("topic", "topic_unknown")
    return Addressed(drivers.driver(device.driver), Sender(device.code, OWN_TOPIC), device)


def address_all(messages: Sequence[tuple[str, bytes]]) -> list[Addressed | None]:
    """Do as `address` for several messages on drivers' topics, with one query for most of them.

    None stands for a message on any other topic, and for one that names no sender.
    """
    named = [_identified(topic, payload) for topic, payload in messages]
    places = [_place(each[0].MANIFEST, each[1]) if each else None for each in named]
    devices = _find_all([place for place in places if place])
    return [
        Addressed(*each, devices.get(place)) if each and place else None
        for each, place in zip(named, places, strict=True)
    ]


def _identified(topic: str, payload: bytes) -> tuple[Driver, Sender] | None:
    try:
        return drivers.identify_sender(topic, payload)
    except Rejection:
        return None


def find(manifest: Manifest, sender: Sender) -> Registered | None:
    """Return the registered device of the sender's name: a code at its site, or a user name."""
    place = _place(manifest, sender)
    return _find_all([place]).get(place)


def _place(manifest: Manifest, sender: Sender) -> Place:
    name = storable(sender.name, 110)
    if sender.site is not None and manifest.signs_in_with == SignsInWith.CODE:
        return _AT_SITE, (name, storable(sender.site, 40))
    return _BY[manifest.signs_in_with], (name,)


def own_topics() -> list[str]:
    """Return the topics of enabled devices that no driver's subscription covers."""
    by_device = [name for name, each in drivers.DRIVERS.items() if each.MANIFEST.topics_of_device]
    devices = Device.objects.filter(Q(topic__isnull=False) | Q(driver__in=by_device), enabled=True)
    return sorted({topic for device in devices for topic in topics_of(device)})


def topics_of(device: Device) -> list[str]:
    """Return the topics that are subscribed to for this device alone."""
    own = [] if device.topic is None else [device.topic]
    if device.driver not in drivers.DRIVERS:  # the driver was removed by an upgrade
        return own
    manifest = drivers.driver(device.driver).MANIFEST
    is_code = manifest.signs_in_with == SignsInWith.CODE
    name = (device.username or device.code) if is_code else device.serial
    return own + [topic.replace("{name}", name) for topic in manifest.topics_of_device if name]


def notify_topics() -> None:
    """Have the gates process update its subscriptions after this transaction has committed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])


def _find_all(places: Iterable[Place]) -> dict[Place, Registered]:
    """Return the devices with one query for each kind of name."""
    wanted: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for names, values in places:
        wanted[names].add(values)
    found: dict[Place, Registered] = {}
    for names, several in wanted.items():
        with connection.cursor() as cursor:
            cursor.execute(*_query_by(names, several))
            for row in cursor.fetchall():
                found[names, tuple(row[_FIELDS:])] = _registered(row[:_FIELDS])
    return found


def _query_by(names: str, several: Collection[tuple[str, ...]]) -> tuple[str, list[Any]]:
    """Return the query of devices by these columns, and its parameters."""
    if len(several) == 1:
        (values,) = several
        places = ", ".join(["%s"] * len(values))
        return _COLUMNS.format(names=names, asked="", values=places), list(values)
    columns = [list(each) for each in zip(*several, strict=True)]
    arrays = ", ".join(["%s::text[]"] * len(columns))
    own = ", ".join(f"asked_{n}" for n in range(len(columns)))
    asked = f"unnest({arrays}) AS asked ({own}),"
    return _COLUMNS.format(names=names, asked=asked, values=own), columns


def _registered(row: tuple[Any, ...]) -> Registered:
    *columns, options, firmware, model, code, timezone, offset = row
    # A raw cursor returns JSON as text.
    more = {"options": json.loads(options), "firmware": firmware, "model": model}
    return Registered(
        *columns, **more | {"code": code, "timezone": timezone, "clock_offset_ms": offset}
    )


def check(device: Registered | None, manifest: Manifest, sender: Sender) -> Registered:
    """Return the device if it may publish the message.

    Raises:
        Rejection: it is unknown or disabled, has another driver, or is at another site.
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
