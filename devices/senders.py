"""Name the sender of a message from its topic, without the database."""

from functools import lru_cache
from typing import NamedTuple

from django.db.models import Q
from paho.mqtt.client import topic_matches_sub

from core.errors import Rejection
from devices import drivers
from devices.drivers.contract import Driver, SignsInWith
from devices.models import Device

MAX_CACHED_TOPICS = 10_000
LONGEST = 160  # characters of a stored sender


class SenderKey(NamedTuple):
    """The sender of a message as its topic, or on a shared topic its content, names it.

    Attributes:
        driver: the driver's name; empty for a topic that is no driver's, such as a device's own.
        name: the device's code at its site (``site/code``) or its serial number, or else the
            topic.
    """

    driver: str
    name: str

    def __str__(self) -> str:
        return f"{self.driver}:{self.name}"


class Received(NamedTuple):
    """What can be determined of a message before it is read.

    Attributes:
        sender: who sent it.
        driver: the driver of its topic; None where only the registry knows it.
        urgent: whether it may open a barrier.
    """

    sender: SenderKey
    driver: Driver | None
    urgent: bool


def classify(topic: str, payload: bytes) -> Received:
    """Determine sender, driver and urgency of a message; accepts any bytes without raising."""
    try:
        found = drivers.identify_sender(topic, payload)
    except Rejection:
        found = None
    if found is None:
        key = _named_by_rules(topic)
        return Received(key, drivers.DRIVERS.get(key.driver), False)
    driver, sender = found
    urgent = driver.MANIFEST.may_open(sender.channel, payload)
    key = _key(driver, sender.via or sender.name, sender.site)
    return Received(key, driver, urgent)


@lru_cache(MAX_CACHED_TOPICS)
def _named_by_rules(topic: str) -> SenderKey:
    """Return the device that alone may publish on a topic which its driver does not read."""
    for driver in drivers.DRIVERS.values():
        for pattern in driver.MANIFEST.publishes:
            levels = pattern.split("/")
            filters = pattern.replace("{name}", "+").replace("{site}", "+")
            if "{name}" not in levels or not topic_matches_sub(filters, topic):
                continue
            device = topic.split("/")[levels.index("{name}")]
            if device:
                site = topic.split("/")[levels.index("{site}")] if "{site}" in levels else None
                return _key(driver, device, site)
    return SenderKey("", topic[:LONGEST])


def device_of(sender: SenderKey) -> Device | None:
    """Return the registered device of that name, if there is one."""
    if not sender.driver:
        return Device.objects.filter(topic=sender.name).first()
    if drivers.driver(sender.driver).MANIFEST.signs_in_with == SignsInWith.SERIAL:
        return Device.objects.filter(serial=sender.name).first()
    site, _slash, code = sender.name.rpartition("/")
    if site:
        return Device.objects.filter(site__slug=site, code=code).first()
    short = Q(username=None, code=code)
    return Device.objects.filter(short | Q(username=code)).first()


def _key(driver: Driver, name: str, site: str | None) -> SenderKey:
    """Return the key of a device; a code is unique at its site only."""
    is_code = driver.MANIFEST.signs_in_with == SignsInWith.CODE
    full = f"{site}/{name}" if site and is_code else name
    return SenderKey(driver.MANIFEST.name, full[:LONGEST])
