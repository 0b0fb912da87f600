"""The drivers: one module for each protocol of a maker. To add one, see docs/adding-a-driver.md."""

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
from devices.drivers.contract import Discreet, Driver, Manifest, Options, Sender
from devices.rejections import rejected

__all__ = [
    "DRIVERS",
    "Driver",
    "Manifest",
    "Options",
    "Sender",
    "claim",
    "driver",
    "recognise",
    "topics",
    "without_secrets",
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


def recognise(topic: str, payload: bytes) -> tuple[Driver, Sender] | None:
    """Return the driver that reads the topic, and who sends there; None when no driver does.

    Raises:
        Rejection: it is a driver's topic, and the message does not say who sends it.
    """
    for each in DRIVERS.values():
        sender = each.sender(topic, payload)
        if sender is not None:
            return each, sender
    return None


def without_secrets(topic: str, payload: bytes) -> bytes:
    """Return a refused message as it may be kept, also where nobody can tell who sent it."""
    for each in DRIVERS.values():
        ours = any(topic_matches_sub(taken, topic) for taken in each.MANIFEST.topics)
        if ours and hasattr(each, "strip"):
            payload = cast("Discreet", each).strip(payload)
    return payload


def topics() -> list[str]:
    """Return every filter that the drivers listen to; topics of single devices are not in it."""
    return [topic for each in DRIVERS.values() for topic in each.MANIFEST.topics]


def claim(topic: str) -> bool:
    """Whether a driver's devices speak or are spoken to on the topic, whichever device it names."""
    if any(topic_matches_sub(taken, topic) for taken in topics()):
        return True
    patterns = [one for each in DRIVERS.values() for one in _patterns(each.MANIFEST)]
    return any(re.fullmatch(_expression(one), topic) for one in patterns)


def _patterns(manifest: Manifest) -> list[str]:
    """Return every pattern of the driver that is not a device's own topic."""
    by_option = [one for topics in manifest.publishes_if.values() for one in topics]
    rules = [*manifest.publishes, *by_option, *manifest.listens]
    return [*manifest.topics_of_device, *(one for one in rules if "{topic}" not in one)]


def _expression(pattern: str) -> str:
    text = re.escape(pattern).replace(r"\{name\}", ".+")
    for wild in (r"\{site\}", r"\+"):
        text = text.replace(wild, "[^/]+")
    return text.replace(r"/\#", "(/.*)?")
