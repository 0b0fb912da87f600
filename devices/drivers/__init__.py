"""The drivers: one module for each protocol of a maker. To add one, see docs/adding-a-driver.md."""

from core.errors import Refusal
from devices.drivers import gatehouse, vzenith_mqtt
from devices.drivers.contract import Driver, Manifest, Sender

__all__ = ["DRIVERS", "Driver", "Manifest", "Sender", "driver", "recognise", "topics"]

_MODULES: tuple[Driver, ...] = (gatehouse, vzenith_mqtt)
DRIVERS = {module.MANIFEST.name: module for module in _MODULES}


def driver(name: str) -> Driver:
    """Return the driver of that name.

    Raises:
        Refusal: there is none.
    """
    if name not in DRIVERS:
        raise Refusal("driver", f"{name} is not known", f"choose one of {', '.join(DRIVERS)}")
    return DRIVERS[name]


def recognise(topic: str) -> tuple[Driver, Sender]:
    """Return the driver that reads the topic, and who sends there.

    Raises:
        Refusal: it is a topic of none.
    """
    for each in DRIVERS.values():
        sender = each.sender(topic)
        if sender is not None:
            return each, sender
    raise Refusal("topic", "is no driver's", "publish to a topic of docs/devices.md")


def topics() -> list[str]:
    """Return every filter that the drivers listen to."""
    return [topic for each in DRIVERS.values() for topic in each.MANIFEST.topics]
