"""Who may sign in to the broker: made from the registry and the master key, and nothing else.

The broker keeps its own list, which follows the registry in three ways. A change is told as soon as
its transaction commits. A job that the same transaction queued tells it again, should the process
or the broker have died in between. And every few minutes, and whenever the link to the broker is
made anew, the two are compared.

Each writer takes one lock and reads the registry after that, so that an older state never follows
a newer one.
"""

import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import reduce
from operator import or_

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from core import jobs, keys
from core.ids import encode
from devices import drivers, ports
from devices.drivers.contract import SignsInWith
from devices.models import Device
from devices.ports import Account, BrokerError

logger = logging.getLogger(__name__)

PASSWORD_LENGTH = 24  # of an alphabet of 31: 118 bits, and short enough to type into a camera
MARK_BYTES = 8
# More than a person changes by hand: such a change is left to the job, as nobody waits for it.
MOST_AT_ONCE = 20
# So many are written under one lock: a device that is being shut out waits for no more than these.
CHUNK = 10
SYNC = "devices.jobs.sync_accounts"
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('broker accounts'))"
_NAMES = "SELECT pg_advisory_xact_lock(hashtext('names at the broker'))"


class _Changed(threading.local):
    """The devices that this thread's transaction changed."""

    def __init__(self) -> None:
        self.devices: set[int] = set()


_changed = _Changed()


def signs_in_with(device: Device) -> SignsInWith:
    """Return which field of the device is its name at the broker."""
    return drivers.driver(device.driver).MANIFEST.signs_in_with


def username(device: Device) -> str | None:
    """Return the name that the device signs in to the broker with; None when it has none."""
    return device.code if signs_in_with(device) == SignsInWith.CODE else device.serial


def password_of(device: Device) -> str | None:
    """Return the device's password; None for one that was given before they were derived."""
    if not device.password_version:
        return None
    purpose = f"broker password {device.pk} {device.password_version}"
    return encode(keys.derive(purpose), PASSWORD_LENGTH)


def account_of(device: Device, relayed: Sequence[str] = ()) -> Account | None:
    """Return what the broker has to know of the device; None where it can't sign in at all.

    Args:
        relayed: the topics of the devices for which this one's account publishes.
    """
    name = username(device) if device.driver in drivers.DRIVERS else None
    if name is None:
        return None
    return Account(
        name=name,
        password=password_of(device),
        version=_mark_of(device),
        enabled=device.enabled,
        publishes=(*_filters(device, name, _publishes(device)), *relayed),
        listens=_filters(device, name, drivers.driver(device.driver).MANIFEST.subscribes),
    )


def changed(*devices: Device) -> None:
    """Have the broker told of the devices when the caller's transaction commits."""
    for site_id in {device.site_id for device in devices}:
        # A key for each site: its writers wait for each other anyway, at the audit's chain.
        jobs.enqueue(SYNC, key=f"broker accounts {site_id}")
    _changed.devices.update(device.pk for device in (*devices, *_gateways_of(devices)))
    transaction.on_commit(_tell, robust=True)


def lock_names() -> None:
    """Let nobody else register a device before this transaction ends.

    The codes of some devices and the serial numbers of others are names at the broker, and no
    constraint of the database can keep the two apart: it is checked under this lock.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NAMES)


def everyone() -> list[Account]:
    """Return the accounts of all devices, also of those that are disabled."""
    return _accounts(Device.objects.all())


def sync() -> int:
    """Make the broker's accounts those of the registry; return how many were not.

    Raises:
        BrokerError: the broker could not be told.
    """
    broker = ports.broker_accounts()
    if broker is None:
        return 0
    astray = broker.astray(everyone())
    for names in _chunks(astray.unknown):
        with alone():
            known = {account.name for account in _accounts(_named(names))}
            broker.drop([name for name in names if name not in known])
    for names in _chunks(astray.different):
        with alone():
            broker.put([each for each in _accounts(_named(names)) if each.name in names])
    return len(astray.unknown) + len(astray.different)


@contextmanager
def alone() -> Iterator[None]:
    """Be the only one, of all processes, who writes the broker's accounts."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_ONE_AT_A_TIME)
        yield


def _tell() -> None:
    """Tell the broker of what this thread's transaction changed; the job does what fails here."""
    devices, _changed.devices = _changed.devices, set()
    broker = ports.broker_accounts()
    if broker is None or not 0 < len(devices) <= MOST_AT_ONCE:
        return
    try:
        with alone():
            broker.put(_accounts(Device.objects.filter(pk__in=devices)))
    except BrokerError as error:
        logger.warning("the broker is told of changed accounts later: %s", error)


def _accounts(devices: QuerySet[Device]) -> list[Account]:
    rows = list(devices.select_related("site").order_by("pk"))
    relayed = _relayed(rows)
    found = (account_of(row, relayed.get((row.site_id, row.code), ())) for row in rows)
    return [account for account in found if account is not None]


def _relayed(devices: Sequence[Device]) -> dict[tuple[int, str], list[str]]:
    """Return the topics for which these devices' accounts publish, by site and code.

    Only of their own site: a gateway speaks for none of another.
    """
    theirs = Device.objects.filter(
        enabled=True,
        topic__isnull=False,
        site__in={device.site_id for device in devices},
        options__gateway__in=[device.code for device in devices],
    )
    found: dict[tuple[int, str], list[str]] = {}
    for site, code, topic in theirs.values_list("site_id", "options__gateway", "topic"):
        found.setdefault((site, code), []).append(topic or "")
    return {gateway: sorted(topics) for gateway, topics in found.items()}


def _gateways_of(devices: Sequence[Device]) -> list[Device]:
    """Return the devices whose accounts publish for these ones."""
    named = {(device.site_id, device.options.get("gateway")) for device in devices if device.topic}
    wanted = [Q(site_id=site, code=code) for site, code in named if code]
    return list(Device.objects.filter(reduce(or_, wanted))) if wanted else []


def _named(names: Iterable[str]) -> QuerySet[Device]:
    return Device.objects.filter(Q(code__in=names) | Q(serial__in=names))


def _chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[start : start + CHUNK] for start in range(0, len(names), CHUNK))


def _mark_of(device: Device) -> str:
    if not device.password_version:
        return ""
    purpose = f"broker password mark {device.pk} {device.password_version}"
    return keys.derive(purpose, MARK_BYTES).hex()


def _publishes(device: Device) -> tuple[str, ...]:
    manifest = drivers.driver(device.driver).MANIFEST
    more = (topics for name, topics in manifest.publishes_if.items() if device.options.get(name))
    return sum(more, manifest.publishes)


def _filters(device: Device, name: str, patterns: Sequence[str]) -> tuple[str, ...]:
    known = {"name": name, "site": device.site.slug, "topic": device.topic or ""}
    return tuple(pattern.format(**known) for pattern in patterns)
