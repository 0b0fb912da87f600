"""What a device must be before it is registered: its names, its topic, its options."""

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q

from core.errors import Rejection
from devices import accounts, drivers
from devices.drivers.contract import SignsInWith
from devices.link import Address
from devices.models import Device
from devices.rejections import rejected

SHORTEST_INTERVAL_S, LONGEST_INTERVAL_S = 5, 7 * 24 * 3600
# The name stands in topics and is a user name at the broker.
_NAME = re.compile(r"[A-Za-z0-9._-]{1,60}")
_TAKEN = frozenset({"backend"})
# In a rule, brokers may put the client id for a level that is %c, and the user name for %u; and
# each rule is a line of some brokers' files, so nothing may end one.
_TOPIC = re.compile(
    r"(?!\$|gh/|gatehouse/)(?!(.*/)?%[cu](/|$))[^+#\x00-\x1f\x7f-\x9f\u2028\u2029]{1,240}"
)
# What the field tells later, and nobody enters.
_NOT_ENTERED = ("state_since", "last_seen_at", "alert_after", "clock_offset_ms")


def check_device(device: Device) -> None:
    """Check a device that is to be registered; its options become as they are kept.

    Raises:
        Rejection: naming the field that is wrong.
    """
    manifest = drivers.driver(device.driver).MANIFEST
    if manifest.signs_in_with == SignsInWith.SERIAL and not device.serial:
        raise rejected("serial", "required")
    if not SHORTEST_INTERVAL_S <= device.interval_s <= LONGEST_INTERVAL_S:
        raise rejected(
            "interval_s",
            "interval_out_of_range",
            value=device.interval_s,
            low=SHORTEST_INTERVAL_S,
            high=LONGEST_INTERVAL_S,
        )
    for field in ("code", "serial"):
        value = getattr(device, field)
        if value is not None and (not _NAME.fullmatch(value) or value in _reserved()):
            raise rejected(field, "name_invalid", value=value)
    if device.serial:
        manifest.check_serial(device.serial)
    _check_name(device)
    check_topic(device)
    device.options = manifest.check_options(device.options)
    check_gateway(device)
    try:
        device.clean_fields(exclude=_NOT_ENTERED)
    except ValidationError as error:
        field, problems = next(iter(error.message_dict.items()))
        raise rejected(field, "invalid", error=problems[0]) from None


def check_topic(device: Device) -> None:
    """Check that a topic of its own is the device's alone.

    Raises:
        Rejection: it has a wildcard, or is a driver's or another device's; or there is none where
            the driver needs one, or one where it has no use for it.
    """
    topic = device.topic
    if drivers.driver(device.driver).MANIFEST.own_topic != (topic is not None):
        raise rejected("topic", "topic_required" if topic is None else "topic_unused")
    if topic is None:
        return
    if not _TOPIC.fullmatch(topic):
        raise rejected("topic", "topic_invalid", value=topic)
    if drivers.is_reserved_topic(topic):
        raise rejected("topic", "topic_reserved", topic=topic)
    if Device.objects.filter(topic=topic).exclude(pk=device.pk).exists():
        raise taken("topic", topic)


def check_gateway(device: Device) -> None:
    """Check that whoever publishes for the device, and hands on what it is told, is of its site.

    Raises:
        Rejection: the gateway that its options name is no other device there.
    """
    name, by = device.options.get("gateway"), accounts.signs_in_with(device)
    if not name or (name == device.serial and by == SignsInWith.SERIAL):
        return
    others = Device.objects.filter(site_id=device.site_id, **{by.value: name})
    if not others.exclude(pk=device.pk).exists():
        raise rejected("options.gateway", "gateway_unknown", gateway=name)


def taken(field: str, name: str) -> Rejection:
    """Return the rejection of a name that another device has."""
    return rejected(field, "already_used", name=name)


def _reserved() -> set[str]:
    """Return whose names no device may have: those of the accounts that control the broker."""
    url = settings.MQTT_URL
    return {*_TAKEN, Address.of(url).username or ""} if url else set(_TAKEN)


def _check_name(device: Device) -> None:
    """Codes and serial numbers share the broker's names: no device may sign in as another."""
    for field in ("code", "serial"):
        name = getattr(device, field)
        if name and Device.objects.filter(Q(code=name) | Q(serial=name)).exists():
            raise taken(field, name)
