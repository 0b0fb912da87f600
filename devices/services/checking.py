"""Validate a device before it is registered: names, topic, options, gateway."""

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from core.errors import Rejection
from devices import accounts, drivers
from devices.drivers.contract import SignsInWith
from devices.link import Address
from devices.models import Device
from devices.rejections import rejected

SHORTEST_INTERVAL_S, LONGEST_INTERVAL_S = 5, 7 * 24 * 3600
# The name is part of topics and is the user name at the broker.
_NAME = re.compile(r"[A-Za-z0-9._-]{1,60}")
_RESERVED_NAMES = frozenset({"backend"})
# Brokers may substitute the client id for a level %c of a rule, and the user name for %u. Some
# brokers store each rule as a line of a file, so a topic must not contain a line break.
_TOPIC = re.compile(
    r"(?!\$|gh/|gatehouse/)(?!(.*/)?%[cu](/|$))[^+#\x00-\x1f\x7f-\x9f\u2028\u2029]{1,240}"
)
# Set by messages of the device, never entered.
_REPORTED_FIELDS = (
    "state_since",
    "last_seen_at",
    "alert_after",
    "clock_offset_ms",
    "recent_offsets",
    "gap_from",
    "gap_until",
)


def check_device(device: Device) -> None:
    """Validate a new device and normalise its options.

    Raises:
        Rejection: names the invalid field.
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
    device.username = accounts.new_username(device)
    _check_name(device)
    check_topic(device)
    device.options = manifest.check_options(device.options)
    check_gateway(device)
    try:
        device.clean_fields(exclude=_REPORTED_FIELDS)
    except ValidationError as error:
        field, problems = next(iter(error.message_dict.items()))
        raise rejected(field, "invalid", error=problems[0]) from None


def check_topic(device: Device) -> None:
    """Check that the device's own topic is unique and allowed with its driver.

    Raises:
        Rejection: it has a wildcard, belongs to a driver or another device, is missing, or is not
            used by the driver.
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
    _require_free(Device.objects.filter(topic=topic).exclude(pk=device.pk), device, "topic", topic)


def check_gateway(device: Device) -> None:
    """Check that the device's gateway is another device of the same site.

    Raises:
        Rejection: it is not.
    """
    name, by = device.options.get("gateway"), accounts.signs_in_with(device)
    if not name or (name == device.serial and by == SignsInWith.SERIAL):
        return
    others = Device.objects.filter(site_id=device.site_id, **{by.value: name})
    if not others.exclude(pk=device.pk).exists():
        raise rejected("options.gateway", "gateway_unknown", gateway=name)


def taken(field: str, name: str) -> Rejection:
    """Return the rejection of a name that another device uses."""
    return rejected(field, "already_used", name=name)


def _reserved() -> set[str]:
    """Return the user names of the accounts that administrate the broker."""
    url = settings.MQTT_URL
    return {*_RESERVED_NAMES, Address.of(url).username or ""} if url else set(_RESERVED_NAMES)


def _check_name(device: Device) -> None:
    """Check code and serial number together, since both are user names at the broker."""
    here = Device.objects.filter(site_id=device.site_id)
    for field in ("code", "serial"):
        name = getattr(device, field)
        if name and here.filter(Q(code=name) | Q(serial=name)).exists():
            raise taken(field, name)
    if device.serial:
        others = Q(serial=device.serial) | Q(code=device.serial, username=None)
        _require_free(Device.objects.filter(others), device, "serial", device.serial)


def _require_free(others: QuerySet[Device], device: Device, field: str, name: str) -> None:
    """Raise a rejection if others use the name; that of another site's device does not say so."""
    sites = set(others.values_list("site_id", flat=True))
    if device.site_id in sites:
        raise taken(field, name)
    if sites:
        raise rejected(field, "not_available", name=name)
