"""What changes the registry, and what a person does about dead letters."""

import re
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from core import audit, clock, entered, live
from core.errors import Refusal
from core.models import Site, User
from devices import accounts, commands, drivers, inbound, registry
from devices.drivers.contract import SignsInWith
from devices.link import Address
from devices.models import Command, DeadLetter, Device
from devices.telemetry import services as telemetry
from devices.telemetry.message import is_telemetry
from devices.telling import UNAVAILABLE

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
        Refusal: naming the field that is wrong.
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
        raise _taken("code", device.code) from None
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
        Refusal: a name was taken since they were checked.
    """
    try:
        with transaction.atomic():
            Device.objects.bulk_create(devices, batch_size=500)
    except IntegrityError:
        problem = "has the name of a device that was registered meanwhile"
        raise Refusal("code", problem, "look at the registered devices again") from None
    codes = [device.code for device in devices]
    wider = {device.code: said for device in devices if (said := _allowed(device))}
    more = {"allowed": wider} if wider else {}
    audit.record(site, actor, "register devices", f"site:{site.pk}", codes=codes, **more)
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
        Refusal: naming the field that is wrong, such as ``options.metrics[2].pointer``.
    """
    device = Device.objects.select_related("site").select_for_update(of=("self",)).get(pk=device.pk)
    accounts.changed(device)  # its gateway until now
    device.topic = topic or device.topic
    _check_topic(device)
    device.options = drivers.driver(device.driver).MANIFEST.check_options(options)
    _check_gateway(device)
    try:
        with transaction.atomic():
            device.save(update_fields=["options", "topic"])
    except IntegrityError:  # another process took the topic between the check and here
        raise _taken("topic", device.topic or "") from None
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


@transaction.atomic
def replay_dead_letter(letter: DeadLetter, actor: User | str) -> None:
    """Take the refused message again, as of when it came, now that its fault is mended.

    Raises:
        Refusal: it is refused still, was dealt with before, or was too large to be kept whole.
    """
    take_again(letter, _name_of(actor))
    _tell_letter(letter, actor, "replay dead letter")


@transaction.atomic
def take_again(letter: DeadLetter, actor: str) -> None:
    """Do what `replay_dead_letter` does, for one that tells of many at once (devices.replays).

    Raises:
        Refusal: as there.
    """
    letter = _open(letter)
    payload = bytes(letter.payload)
    if letter.size != len(payload):
        raise Refusal("payload", "was not kept whole", "have the device send it again")
    accept = telemetry.accept if is_telemetry(letter.topic) else inbound.accept
    try:
        with transaction.atomic():
            accept(letter.topic, payload, letter.received_at)
    except (Refusal, *UNAVAILABLE):
        raise
    except Exception as error:
        raise inbound.broken(letter.topic, error) from error
    letter.replayed_at = clock.now()
    letter.replayed_by = actor
    letter.save(update_fields=["replayed_at", "replayed_by"])


@transaction.atomic
def discard_dead_letter(letter: DeadLetter, actor: User | str) -> None:
    """Put the dead letter away: it needs nothing more.

    Raises:
        Refusal: it was dealt with before.
    """
    letter = _open(letter)
    letter.discarded_at = clock.now()
    letter.save(update_fields=["discarded_at"])
    _tell_letter(letter, actor, "discard dead letter")


@transaction.atomic
def command_by_hand(device: Device, action: str, actor: User, reason: str, **args: Any) -> Command:
    """Tell the device to do something at once; whether it did is told later.

    The caller has checked that the person may.

    Args:
        args: the action's own, such as which ``door``.

    Raises:
        Refusal: no reason is given, the device is disabled, or it can't do that.
    """
    entered.require_reason(reason)
    if not device.enabled:
        raise Refusal("device", _("it is disabled"), _("enable it first"))
    command = commands.send(device, action, args, actor=actor.get_username(), reason=reason)
    said = {"code": device.code, "told": action, "reason": reason, "cmd_id": command.cmd_id}
    audit.record(device.site, actor, "command device", f"device:{device.pk}", **said, **args)
    live.announce(device.site_id, "device", id=device.pk)
    return command


def _interval_of(driver: str) -> int:
    return drivers.driver(driver).MANIFEST.interval_s


def checks_signature(device: Device) -> bool:
    """Whether the device needs the key that its commands are signed with."""
    return drivers.driver(device.driver).MANIFEST.checks_signature


def check_device(device: Device) -> None:
    """Check a device that is to be registered; its options become as they are kept.

    Raises:
        Refusal: naming the field that is wrong.
    """
    manifest = drivers.driver(device.driver).MANIFEST
    if manifest.signs_in_with == SignsInWith.SERIAL and not device.serial:
        raise Refusal("serial", "is missing", f"enter the serial number: {manifest.title}")
    if not SHORTEST_INTERVAL_S <= device.interval_s <= LONGEST_INTERVAL_S:
        raise Refusal(
            "interval_s",
            f"is {device.interval_s}",
            f"choose {SHORTEST_INTERVAL_S} to {LONGEST_INTERVAL_S} seconds",
        )
    for field in ("code", "serial"):
        value = getattr(device, field)
        if value is not None and (not _NAME.fullmatch(value) or value in _reserved()):
            raise Refusal(
                field, f"is {value!r}", "use 1 to 60 letters, digits, dots, hyphens, underscores"
            )
    if device.serial:
        manifest.check_serial(device.serial)
    _check_name(device)
    _check_topic(device)
    device.options = manifest.check_options(device.options)
    _check_gateway(device)
    try:
        device.clean_fields(exclude=_NOT_ENTERED)
    except ValidationError as error:
        field, problems = next(iter(error.message_dict.items()))
        raise Refusal(field, problems[0], "enter one that fits") from None


def _reserved() -> set[str]:
    """Return whose names no device may have: those of the accounts that control the broker."""
    url = settings.MQTT_URL
    return {*_TAKEN, Address.of(url).username or ""} if url else set(_TAKEN)


def _check_name(device: Device) -> None:
    """Codes and serial numbers share the broker's names: no device may sign in as another."""
    for field in ("code", "serial"):
        name = getattr(device, field)
        if name and Device.objects.filter(Q(code=name) | Q(serial=name)).exists():
            raise _taken(field, name)


def _check_topic(device: Device) -> None:
    """A topic of its own is the device's alone: no wildcard, no driver's, nobody else's."""
    topic = device.topic
    if drivers.driver(device.driver).MANIFEST.own_topic != (topic is not None):
        problem = "is missing" if topic is None else "is not chosen with this driver"
        mend = "enter the topic that it publishes on" if topic is None else "leave it empty"
        raise Refusal("topic", problem, mend)
    if topic is None:
        return
    if not _TOPIC.fullmatch(topic):
        mend = "take 1 to 240 characters without wildcards, not beginning with $, gh/ or gatehouse/"
        raise Refusal("topic", f"is {topic!r}", mend)
    if drivers.claim(topic):
        raise Refusal("topic", f"{topic} belongs to another driver", "choose that driver")
    if Device.objects.filter(topic=topic).exclude(pk=device.pk).exists():
        raise _taken("topic", topic)


def _check_gateway(device: Device) -> None:
    """Whoever publishes for a device, and hands on what it is told, is a device of its site."""
    name, by = device.options.get("gateway"), accounts.signs_in_with(device)
    if not name or (name == device.serial and by == SignsInWith.SERIAL):
        return
    others = Device.objects.filter(site_id=device.site_id, **{by.value: name})
    if not others.exclude(pk=device.pk).exists():
        problem = f"{name} is no other device of this site"
        raise Refusal("options.gateway", problem, "register it first, or leave this empty")


def _allowed(device: Device) -> dict[str, Any]:
    """Return what it was given that makes the broker's rules wider than its name does."""
    widens = (*drivers.driver(device.driver).MANIFEST.publishes_if, "gateway")
    given = {name: device.options.get(name) for name in widens}
    said = {"topic": device.topic, **given}
    return {name: value for name, value in said.items() if value}


def _taken(field: str, name: str) -> Refusal:
    return Refusal(field, f"{name} belongs to another device", "choose another")


def _password(device: Device) -> str:
    return str(accounts.password_of(device))


def _call_off(device: Device) -> None:
    """Nobody waits for a device that was shut out."""
    device.state, device.alert_after = Device.State.UNKNOWN, None
    device.state_since = clock.now()
    device.save(update_fields=["state", "state_since", "alert_after"])


def _tell(device: Device, actor: User | str, action: str, **detail: Any) -> None:
    audit.record(device.site, actor, action, f"device:{device.pk}", code=device.code, **detail)
    live.announce(device.site_id, "device", id=device.pk)
    if registry.topics_of(device):
        registry.tell_topics()
    accounts.changed(device)


def _open(letter: DeadLetter) -> DeadLetter:
    """Lock the letter, which nobody has dealt with yet."""
    locked = DeadLetter.objects.select_for_update(of=("self",)).get(pk=letter.pk)
    if locked.replayed_at is not None or locked.discarded_at is not None:
        raise Refusal("letter", "was dealt with already", "look at the list again")
    return locked


def _tell_letter(letter: DeadLetter, actor: User | str, action: str) -> None:
    audit.record(letter.site, actor, action, f"dead_letter:{letter.pk}", topic=letter.topic)
    if letter.site_id is not None:
        live.announce(letter.site_id, "dead_letter")


def _name_of(actor: User | str) -> str:
    return actor.get_username() if isinstance(actor, User) else actor
