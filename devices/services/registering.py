"""Devices registered, let in and shut out, and what is set of them later."""

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction

from core import audit, clock, live
from core.models import Site, User
from devices import accounts, commands, drivers, registry, topics
from devices.models import Device
from devices.rejections import rejected
from devices.services.checking import check_device, check_gateway, check_topic, taken


@transaction.atomic
def register_device(
    site: Site,
    *,
    code: str,
    kind: str,
    driver: str,
    serial: str | None = None,
    name: str = "",
    interval_s: int | None = None,
    topic: str | None = None,
    options: drivers.Options | None = None,
    actor: User | str = "system",
) -> tuple[Device, str]:
    """Add a device and give it its own account at the broker.

    Args:
        site: where it stands.
        code: its name in topics; unique over all sites.
        kind: one of Device.Kind.
        driver: the name of its driver.
        serial: its maker's serial number; makers' cameras sign in with it.
        name: what people call it.
        interval_s: the longest silence, in seconds, before it counts as offline; the driver's own
            where none is given.
        topic: where it publishes, for a driver whose devices have topics of their own.
        options: the driver's own settings for it.
        actor: who registers it.

    Returns:
        The device, and its password, which is shown once and stored nowhere.

    Raises:
        Rejection: naming the field that is wrong.
    """
    device = Device(
        site=site,
        code=code,
        kind=kind,
        driver=driver,
        serial=serial or None,
        name=name,
        interval_s=_interval_of(driver) if interval_s is None else interval_s,
        topic=topic or None,
        options=dict(options or {}),
    )
    accounts.lock_names()
    check_device(device)
    try:
        with transaction.atomic():
            device.save(force_insert=True)
    except IntegrityError:  # another process took the name between the check and here
        raise taken("code", device.code) from None
    _tell(device, actor, "register device", **_allowed(device))
    return device, _password(device)


@transaction.atomic
def register_devices(site: Site, devices: Sequence[Device], actor: User | str) -> list[str]:
    """Add many devices of the site, each with its own account at the broker: all, or none.

    Args:
        devices: not saved yet; each was passed by `check_device`, under `accounts.lock_names`.

    Returns:
        Their passwords, in the same order, which are shown once and stored nowhere.

    Raises:
        Rejection: a name was taken since they were checked.
    """
    try:
        with transaction.atomic():
            Device.objects.bulk_create(devices, batch_size=500)
    except IntegrityError:
        raise rejected("code", "registered_meanwhile") from None
    codes = [device.code for device in devices]
    wider = {device.code: said for device in devices if (said := _allowed(device))}
    more = {"allowed": wider} if wider else {}
    audit.record(site, actor, "register devices", ("site", site.pk), codes=codes, **more)
    if any(registry.topics_of(device) for device in devices):
        registry.tell_topics()
    accounts.changed(*devices)
    return [_password(device) for device in devices]


@transaction.atomic
def set_enabled(device: Device, enabled: bool, *, actor: User | str = "system") -> None:
    """Let the device in, or shut it out: from now on it is sent away and nothing of it counts."""
    device.enabled = enabled
    device.save(update_fields=["enabled"])
    if not enabled:
        _call_off(device)
    _tell(device, actor, "enable device" if enabled else "disable device")


@transaction.atomic
def set_options(
    device: Device,
    options: drivers.Options,
    topic: str | None = None,
    *,
    actor: User | str = "system",
) -> Device:
    """Set the driver's own settings for the device from the next message on.

    Args:
        device: whose.
        options: all of them; what is left out is unset.
        topic: where it publishes from now on; None leaves that as it is.
        actor: who sets them.

    Returns:
        The device as it is now.

    Raises:
        Rejection: naming the field that is wrong, such as ``options.metrics[2].pointer``.
    """
    device = Device.objects.select_related("site").select_for_update(of=("self",)).get(pk=device.pk)
    accounts.changed(device)  # its gateway until now
    device.topic = topic or device.topic
    check_topic(device)
    device.options = drivers.driver(device.driver).MANIFEST.check_options(options)
    check_gateway(device)
    try:
        with transaction.atomic():
            device.save(update_fields=["options", "topic"])
    except IntegrityError:  # another process took the topic between the check and here
        raise taken("topic", device.topic or "") from None
    _tell(device, actor, "set device options", topic=device.topic, options=device.options)
    return device


@transaction.atomic
def rotate_password(device: Device, *, actor: User | str = "system") -> str:
    """Give the device a new password; the old one fails from now on.

    Returns:
        The new password, which is shown once and stored nowhere.
    """
    device.password_version += 1
    device.save(update_fields=["password_version"])
    _tell(device, actor, "rotate device password")
    return _password(device)


@transaction.atomic
def rotate_key(device: Device, *, actor: User | str = "system") -> str:
    """Sign the device's commands with a new key from now on.

    Returns:
        The key in hex, to be entered into the device.
    """
    device.key_version += 1
    device.save(update_fields=["key_version"])
    _tell(device, actor, "rotate device key")
    return commands.key_of(device).hex()


def _interval_of(driver: str) -> int:
    return drivers.driver(driver).MANIFEST.interval_s


def _allowed(device: Device) -> dict[str, Any]:
    """Return what it was given that makes the broker's rules wider than its name does."""
    widens = (*drivers.driver(device.driver).MANIFEST.publishes_if, "gateway")
    given = {name: device.options.get(name) for name in widens}
    said = {"topic": device.topic, **given}
    return {name: value for name, value in said.items() if value}


def _password(device: Device) -> str:
    return str(accounts.password_of(device))


def _call_off(device: Device) -> None:
    """Nobody waits for a device that was shut out."""
    device.state, device.alert_after = Device.State.UNKNOWN, None
    device.state_since = clock.now()
    device.save(update_fields=["state", "state_since", "alert_after"])


def _tell(device: Device, actor: User | str, action: str, **detail: Any) -> None:
    audit.record(device.site, actor, action, ("device", device.pk), code=device.code, **detail)
    live.announce(topics.DEVICE, device.site_id, device.pk)
    if registry.topics_of(device):
        registry.tell_topics()
    accounts.changed(device)
