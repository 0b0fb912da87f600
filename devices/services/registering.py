"""Register, enable, disable and configure devices, and rotate their credentials."""

from collections.abc import Iterable, Sequence
from typing import Any, Required, TypedDict, Unpack

from django.db import IntegrityError, transaction

from core import audit, clock, live, undo
from core.models import Site, User
from devices import accounts, commands, drivers, registry, topics
from devices.models import Device
from devices.rejections import rejected
from devices.services.checking import check_device, check_gateway, check_topic, taken


class DeviceFields(TypedDict, total=False):
    """What is entered of a device.

    Attributes:
        code: its name in topics; unique at its site.
        kind: one of Device.Kind.
        driver: the name of its driver.
        serial: the manufacturer's serial number; some drivers' devices sign in with it.
        name: a display name.
        interval_s: seconds of silence after which it counts as offline; the driver's default if
            None.
        topic: where it publishes, for a driver whose devices have their own topics.
        options: the driver's settings for it.
    """

    code: Required[str]
    kind: Required[str]
    driver: Required[str]
    serial: str | None
    name: str
    interval_s: int | None
    topic: str | None
    options: drivers.Options | None


@transaction.atomic
def register_device(
    site: Site, *, actor: User | str = "system", **fields: Unpack[DeviceFields]
) -> tuple[Device, str]:
    """Register a device and create its account at the broker.

    Args:
        site: where it stands.
        actor: the user who registers it.
        fields: what is entered of it.

    Returns:
        The device and its password, which is shown once and not stored.

    Raises:
        Rejection: names the invalid field.
    """
    device = _unsaved(site, fields)
    accounts.lock_names()
    check_device(device)
    try:
        with transaction.atomic():
            device.save(force_insert=True)
    except IntegrityError:  # another process took the name between the check and here
        raise taken("code", device.code) from None
    _record_change(device, actor, "register device", **_broker_rights(device))
    return device, _password(device)


def _unsaved(site: Site, fields: DeviceFields) -> Device:
    interval_s = fields.get("interval_s")
    return Device(
        site=site,
        code=fields["code"],
        kind=fields["kind"],
        driver=fields["driver"],
        serial=fields.get("serial") or None,
        name=fields.get("name", ""),
        interval_s=_interval_of(fields["driver"]) if interval_s is None else interval_s,
        topic=fields.get("topic") or None,
        options=dict(fields.get("options") or {}),
    )


@transaction.atomic
def register_devices(site: Site, devices: Sequence[Device], actor: User | str) -> list[str]:
    """Register many devices of a site, all or none, each with its account at the broker.

    Args:
        devices: unsaved, validated by `check_device` under `accounts.lock_names`.

    Returns:
        Their passwords in the same order, which are shown once and not stored.

    Raises:
        Rejection: a name was taken since they were checked.
    """
    try:
        with transaction.atomic():
            Device.objects.bulk_create(devices, batch_size=500)
    except IntegrityError:
        raise rejected("code", "registered_meanwhile") from None
    codes = [device.code for device in devices]
    wider = {device.code: rights for device in devices if (rights := _broker_rights(device))}
    more = {"allowed": wider} if wider else {}
    audit.record(site, actor, "register devices", ("site", site.pk), codes=codes, **more)
    if any(registry.topics_of(device) for device in devices):
        registry.notify_topics()
    accounts.update_after_commit(*devices)
    return [_password(device) for device in devices]


@transaction.atomic
def remove_devices(site: Site, devices: Iterable[Device], actor: User | str) -> None:
    """Remove devices that were registered by mistake, with their accounts at the broker.

    Raises:
        Rejection: one has reported already.
        ProtectedError: something refers to one.
    """
    # Locked in one order, so that two people with overlapping selections do not deadlock.
    rows = Device.objects.select_for_update(of=("self",)).select_related("site").order_by("pk")
    found = list(rows.filter(site=site, pk__in=[each.pk for each in devices]))
    heard = next((each for each in found if each.last_seen_at is not None), None)
    if heard is not None:
        raise rejected("device", "has_reported", device=heard.code)
    # With their gateways; what is no longer registered is dropped by the comparison.
    accounts.update_after_commit(*found)
    codes = [device.code for device in found]
    audit.record(site, actor, "remove devices", ("site", site.pk), codes=codes)
    if any(registry.topics_of(device) for device in found):
        registry.notify_topics()
    Device.objects.filter(pk__in=[each.pk for each in found]).delete()
    live.announce(topics.DEVICE, site.pk)


@transaction.atomic
def set_enabled(device: Device, enabled: bool, *, actor: User | str = "system") -> None:
    """Enable or disable the device; a disabled one is disconnected and its messages rejected."""
    device.enabled, device.flooded_at = enabled, None
    device.save(update_fields=["enabled", "flooded_at"])
    if not enabled:
        _reset_state(device)
    _record_change(device, actor, "enable device" if enabled else "disable device")


@transaction.atomic
def set_all_enabled(devices: Iterable[Device], enabled: bool, *, actor: User | str) -> undo.Changes:
    """Enable or disable those of the devices that are not; return their changes."""
    # Locked in one order, so that two people with overlapping selections do not deadlock.
    others = Device.objects.select_for_update(of=("self",)).select_related("site").order_by("pk")
    found = list(others.filter(pk__in=[each.pk for each in devices], enabled=not enabled))
    return undo.record_changes(
        found, ["enabled"], lambda device: set_enabled(device, enabled, actor=actor)
    )


@transaction.atomic
def restore_enabled(site: Site, actor: User, changes: undo.Changes) -> None:
    """Undo `set_all_enabled`.

    Raises:
        Rejection: a device was enabled or disabled since.
    """
    rows = Device.objects.filter(site=site).select_related("site")
    for device, before in undo.unchanged_rows(rows, changes):
        set_enabled(device, before["enabled"], actor=actor)


@transaction.atomic
def disable_flooding(device: Device, dropped: int) -> None:
    """Disable a device that does not stop exceeding its budget.

    Args:
        device: the device.
        dropped: how many of its messages were dropped.
    """
    device.enabled, device.flooded_at = False, clock.now()
    device.save(update_fields=["enabled", "flooded_at"])
    _reset_state(device)
    _record_change(device, "system", "disable device", cause="flood", dropped=dropped)


@transaction.atomic
def set_options(
    device: Device,
    options: drivers.Options,
    topic: str | None = None,
    *,
    actor: User | str = "system",
) -> Device:
    """Replace the driver's settings for the device, from the next message on.

    Args:
        device: the device to configure.
        options: all settings; one that is left out is removed.
        topic: where it publishes from now on; None keeps the present topic.
        actor: the user who changes them.

    Returns:
        The updated device.

    Raises:
        Rejection: names the invalid field, such as ``options.metrics[2].pointer``.
    """
    device = Device.objects.select_related("site").select_for_update(of=("self",)).get(pk=device.pk)
    accounts.update_after_commit(device)  # with its gateway so far
    device.topic = topic or device.topic
    check_topic(device)
    device.options = drivers.driver(device.driver).MANIFEST.check_options(options)
    check_gateway(device)
    try:
        with transaction.atomic():
            device.save(update_fields=["options", "topic"])
    except IntegrityError:  # another process took the topic between the check and here
        raise taken("topic", device.topic or "") from None
    _record_change(device, actor, "set device options", topic=device.topic, options=device.options)
    return device


@transaction.atomic
def rotate_password(device: Device, *, actor: User | str = "system") -> str:
    """Replace the device's password; the old one is invalid from now on.

    Returns:
        The new password, which is shown once and not stored.
    """
    device.password_version += 1
    device.save(update_fields=["password_version"])
    _record_change(device, actor, "rotate device password")
    return _password(device)


@transaction.atomic
def rotate_key(device: Device, *, actor: User | str = "system") -> str:
    """Replace the key that signs the device's commands.

    Returns:
        The new key in hex, to be entered into the device.
    """
    device.key_version += 1
    device.save(update_fields=["key_version"])
    _record_change(device, actor, "rotate device key")
    return commands.key_of(device).hex()


def _interval_of(driver: str) -> int:
    return drivers.driver(driver).MANIFEST.interval_s


def _broker_rights(device: Device) -> dict[str, Any]:
    """Return the settings that grant it more rights at the broker than its name does."""
    widens = (*drivers.driver(device.driver).MANIFEST.publishes_if, "gateway")
    given = {name: device.options.get(name) for name in widens}
    settings = {"topic": device.topic, **given}
    return {name: value for name, value in settings.items() if value}


def _password(device: Device) -> str:
    return str(accounts.password_of(device))


def _reset_state(device: Device) -> None:
    """Set the state to unknown: a disabled device is not expected to send messages."""
    device.state, device.alert_after = Device.State.UNKNOWN, None
    device.state_since = clock.now()
    device.save(update_fields=["state", "state_since", "alert_after"])


def _record_change(device: Device, actor: User | str, action: str, **detail: Any) -> None:
    audit.record(device.site, actor, action, ("device", device.pk), code=device.code, **detail)
    live.announce(topics.DEVICE, device.site_id, device.pk)
    if registry.topics_of(device):
        registry.notify_topics()
    accounts.update_after_commit(device)
