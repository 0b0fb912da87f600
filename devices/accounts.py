"""The devices' accounts at the broker, derived from the registry and the master key.

The broker's accounts follow the registry in three ways. A change is written as soon as its
transaction commits. A job queued in the same transaction writes it again, in case the process or
the broker failed in between. Every few minutes, and whenever the link to the broker is
re-established, both are compared.

Each writer takes one lock and then reads the registry, so that an older state never overwrites a
newer one.
"""

import logging
import threading
import weakref
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial, reduce
from operator import or_

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from core import jobs, keys
from core.ids import encode
from core.models import Site
from devices import drivers, ports
from devices.drivers.contract import SignsInWith
from devices.models import Device
from devices.ports import Account, BrokerError

logger = logging.getLogger(__name__)

PASSWORD_LENGTH = 24  # of an alphabet of 31: 118 bits, and short enough to type into a camera
VERSION_BYTES = 8
# Larger changes are not made by hand and are left to the job.
MAX_IMMEDIATE = 20
# Accounts written under one lock: the delay of a device that is being disabled meanwhile.
CHUNK = 10
SYNC = "devices.jobs.sync_accounts"
_WRITER_LOCK = "SELECT pg_advisory_xact_lock(hashtext('broker accounts'))"
_NAME_LOCK = "SELECT pg_advisory_xact_lock(hashtext('names at the broker'))"


class _Change(set[int]):
    """The devices that one transaction changed; a rolled-back transaction releases it."""


class _Changes(threading.local):
    """The change of this thread's transaction, as long as that transaction can commit."""

    last: weakref.ref[_Change] | None = None

    def add(self, devices: set[int]) -> None:
        change = self.last() if self.last else None
        if change is not None:
            change |= devices
            return
        change = _Change(devices)
        self.last = weakref.ref(change)
        transaction.on_commit(partial(_write, change), robust=True)


_changes = _Changes()


def signs_in_with(device: Device) -> SignsInWith:
    """Return the field of the device that is its user name at the broker."""
    return drivers.driver(device.driver).MANIFEST.signs_in_with


def own_name(device: Device) -> str | None:
    """Return the device's code or serial number, whichever its driver's devices sign in with."""
    return device.code if signs_in_with(device) == SignsInWith.CODE else device.serial


def username(device: Device) -> str | None:
    """Return the device's user name at the broker; None if it has none."""
    return device.username or own_name(device)


def new_username(device: Device) -> str | None:
    """Return the user name for a new device, if it is not its code or serial number.

    A code is unique at its site only. Where there are several sites the user name has the site's
    slug, whether or not another site uses the code: it must not tell.
    """
    several = Site.objects.exclude(pk=device.site_id).exists()
    if not several or signs_in_with(device) != SignsInWith.CODE:
        return None
    return f"{device.code}@{device.site.slug}"


def topic_of(device: Device, pattern: str) -> str:
    """Return a driver's topic filled in for the device.

    In a topic that does not name the site, a name has to be unique over all sites.
    """
    name = own_name(device) if "{site}" in pattern else username(device)
    return pattern.format(name=name or "", site=device.site.slug, topic=device.topic or "")


def password_of(device: Device) -> str | None:
    """Return the device's password; None for one set before passwords were derived."""
    if not device.password_version:
        return None
    purpose = f"broker password {device.pk} {device.password_version}"
    return encode(keys.derive(purpose), PASSWORD_LENGTH)


def account_of(device: Device, behind: Sequence[Device] = ()) -> Account | None:
    """Return the device's account; None if it has no user name or its driver is gone.

    Args:
        behind: devices that name this one as their gateway.
    """
    name = username(device) if device.driver in drivers.DRIVERS else None
    if name is None:
        return None
    return Account(
        name=name,
        password=password_of(device),
        version=_version_of(device),
        enabled=device.enabled,
        publishes=(*_filters(device, _publishes(device)), *_relayed(device, behind)),
        listens=_filters(device, drivers.driver(device.driver).MANIFEST.subscribes),
    )


def update_after_commit(*devices: Device) -> None:
    """Write the devices' accounts to the broker when the caller's transaction has committed."""
    for site_id in {device.site_id for device in devices}:
        jobs.enqueue(SYNC, key=f"broker accounts {site_id}")
    _changes.add({device.pk for device in (*devices, *_gateways_of(devices))})


def lock_names() -> None:
    """Block other registrations of devices until this transaction ends.

    Codes of some devices and serial numbers of others share the broker's user names. No database
    constraint can keep the columns disjoint, so it is checked under this lock.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NAME_LOCK)


def all_accounts() -> list[Account]:
    """Return the accounts of all devices, including disabled ones."""
    return _accounts(Device.objects.all())


def sync() -> int:
    """Make the broker's accounts match the registry; return how many did not.

    Raises:
        BrokerError: the broker did not carry it out.
    """
    broker = ports.broker_accounts()
    if broker is None:
        return 0
    drift = broker.compare(all_accounts())
    for names in _chunks(drift.unknown):
        with writer_lock():
            registered = {account.name for account in _accounts(_named(names))}
            broker.drop([name for name in names if name not in registered])
    for names in _chunks(drift.outdated):
        with writer_lock():
            broker.put([each for each in _accounts(_named(names)) if each.name in names])
    return len(drift.unknown) + len(drift.outdated)


@contextmanager
def writer_lock() -> Iterator[None]:
    """Hold the lock under which one process at a time writes the broker's accounts."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_WRITER_LOCK)
        yield


def _write(devices: _Change) -> None:
    """Write the accounts that a transaction changed; the job repeats what fails."""
    broker = ports.broker_accounts()
    if broker is None or not 0 < len(devices) <= MAX_IMMEDIATE:
        return
    try:
        with writer_lock():
            broker.put(_accounts(Device.objects.filter(pk__in=devices)))
    except BrokerError as error:
        logger.warning("changed accounts are written to the broker later: %s", error)


def _accounts(devices: QuerySet[Device]) -> list[Account]:
    rows = list(devices.select_related("site").order_by("pk"))
    behind = _behind(rows)
    found = (account_of(row, [*behind[row.code], *behind[row.serial or ""]]) for row in rows)
    return [account for account in found if account is not None]


def _behind(devices: Sequence[Device]) -> defaultdict[str, list[Device]]:
    """Return the enabled devices that name one of these as their gateway, by that name."""
    names = {name for device in devices for name in (device.code, device.serial) if name}
    found = defaultdict(list)
    for each in Device.objects.filter(enabled=True, options__gateway__in=names).order_by("pk"):
        found[each.options["gateway"]].append(each)
    return found


def _relayed(gateway: Device, behind: Sequence[Device]) -> list[str]:
    """Return the topics on which a gateway publishes for other devices of its site.

    These are the own topics of devices that name its code, and those that its driver's manifest
    states for devices that name its user name.
    """
    topics: set[str] = set()
    for each in behind:
        named = each.options["gateway"]
        if each.site_id != gateway.site_id:
            continue
        if each.topic and named == gateway.code:
            topics.add(each.topic)
        elif each.driver == gateway.driver and named == own_name(gateway) != own_name(each):
            patterns = drivers.driver(each.driver).MANIFEST.relays
            names = {"name": named, "device": own_name(each)}
            topics.update(pattern.format(**names) for pattern in patterns)
    return sorted(topics)


def _gateways_of(devices: Sequence[Device]) -> list[Device]:
    """Return the gateways of these devices."""
    named = {(device.site_id, device.options.get("gateway")) for device in devices}
    wanted = [Q(site_id=site) & (Q(code=n) | Q(serial=n)) for site, n in named if n]
    return list(Device.objects.filter(reduce(or_, wanted))) if wanted else []


def _named(names: Iterable[str]) -> QuerySet[Device]:
    short = Q(username=None) & (Q(code__in=names) | Q(serial__in=names))
    return Device.objects.filter(short | Q(username__in=names))


def _chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[start : start + CHUNK] for start in range(0, len(names), CHUNK))


def _version_of(device: Device) -> str:
    if not device.password_version:
        return ""
    purpose = f"broker password mark {device.pk} {device.password_version}"
    return keys.derive(purpose, VERSION_BYTES).hex()


def _publishes(device: Device) -> tuple[str, ...]:
    manifest = drivers.driver(device.driver).MANIFEST
    more = (topics for name, topics in manifest.publishes_if.items() if device.options.get(name))
    return sum(more, manifest.publishes)


def _filters(device: Device, patterns: Sequence[str]) -> tuple[str, ...]:
    return tuple(topic_of(device, pattern) for pattern in patterns)
