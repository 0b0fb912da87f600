"""The drivers: one module for each maker's protocol. To add one, see docs/adding-a-driver.md."""

import re
from typing import cast

from paho.mqtt.client import topic_matches_sub

from devices.drivers import (
    face_mqtt,
    face_request,
    gatehouse,
    generic_json,
    uhppote,
    vzenith_legacy,
    vzenith_mqtt,
)
from devices.drivers.contract import Driver, Manifest, Options, RedactingDriver, Sender
from devices.rejections import rejected

__all__ = [
    "DRIVERS",
    "Driver",
    "Manifest",
    "Options",
    "Sender",
    "driver",
    "identify_sender",
    "is_reserved_topic",
    "redact",
    "topics",
]

_MODULES: tuple[Driver, ...] = (
    gatehouse,
    generic_json,
    vzenith_mqtt,
    vzenith_legacy,
    uhppote,
    face_mqtt,
    face_request,
)
DRIVERS = {module.MANIFEST.name: module for module in _MODULES}


def driver(name: str) -> Driver:
    """Return the driver of that name.

    Raises:
        Rejection: there is none.
    """
    if name not in DRIVERS:
        raise rejected("driver", "driver_unknown", driver=name, choices=DRIVERS)
    return DRIVERS[name]


def identify_sender(topic: str, payload: bytes) -> tuple[Driver, Sender] | None:
    """Return the driver of a topic and the message's sender; None when no driver has the topic.

    Raises:
        Rejection: the topic is a driver's, and the message does not name its sender.
    """
    for each in DRIVERS.values():
        sender = each.sender(topic, payload)
        if sender is not None:
            return each, sender
    return None


def redact(topic: str, payload: bytes) -> bytes:
    """Return a rejected message of an unknown sender without personal data."""
    for each in DRIVERS.values():
        is_own = any(topic_matches_sub(pattern, topic) for pattern in each.MANIFEST.topics)
        if is_own and hasattr(each, "redact"):
            payload = cast("RedactingDriver", each).redact(payload)
    return payload


def topics() -> list[str]:
    """Return all filters that drivers subscribe to, without the topics of single devices."""
    return [topic for each in DRIVERS.values() for topic in each.MANIFEST.topics]


def is_reserved_topic(topic: str) -> bool:
    """Whether a driver uses the topic, for whichever device it names."""
    if any(topic_matches_sub(pattern, topic) for pattern in topics()):
        return True
    patterns = [one for each in DRIVERS.values() for one in _patterns(each.MANIFEST)]
    return any(re.fullmatch(_expression(one), topic) for one in patterns)


def _patterns(manifest: Manifest) -> list[str]:
    """Return all topic patterns of the driver except devices' own topics."""
    by_option = [one for topics in manifest.publishes_if.values() for one in topics]
    rules = [*manifest.publishes, *by_option, *manifest.subscribes]
    return [*manifest.topics_of_device, *(one for one in rules if "{topic}" not in one)]


def _expression(pattern: str) -> str:
    text = re.escape(pattern).replace(r"\{name\}", ".+")
    for wild in (r"\{site\}", r"\+"):
        text = text.replace(wild, "[^/]+")
    return text.replace(r"/\#", "(/.*)?")
