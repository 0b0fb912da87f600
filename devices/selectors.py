"""Queries of devices, events, commands and dead letters, by site."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from core.errors import Rejection
from core.models import Run, Site
from devices import accounts, drivers, registry
from devices.models import REPLAY_KIND, Command, DeadLetter, Device, DeviceEvent
from devices.rejections import Texts, render


def devices_of(site: Site) -> QuerySet[Device]:
    """Return the site's devices, by code."""
    return Device.objects.filter(site=site).order_by("code")


def device_of(site: Site, pk: int) -> Device | None:
    """Return the site's device with that primary key; None for a device of another site."""
    return Device.objects.filter(site=site, pk=pk).first()


def checks_signature(device: Device) -> bool:
    """Return whether the device verifies the signature of commands."""
    driver = drivers.DRIVERS.get(device.driver)
    return driver is not None and driver.MANIFEST.checks_signature


def state_counts(site: Site) -> dict[str, int]:
    """Count the site's enabled devices by state."""
    states = Device.objects.filter(site=site, enabled=True).values("state")
    return dict(states.annotate(n=Count("pk")).values_list("state", "n"))


def events_of(device: Device) -> QuerySet[DeviceEvent]:
    """Return the device's events, newest first."""
    return DeviceEvent.objects.filter(device=device).order_by("-pk")


def recent_commands(device: Device, limit: int = 50) -> QuerySet[Command]:
    """Return the device's latest commands, newest first."""
    return Command.objects.filter(device=device).order_by("-seq")[:limit]


def open_letters(site: Site | None) -> QuerySet[DeadLetter]:
    """Return the open dead letters, newest first.

    Args:
        site: None for those of no known site, which only the installation's staff may see.
    """
    return DeadLetter.objects.filter(
        site=site, replayed_at__isnull=True, discarded_at__isnull=True
    ).order_by("-received_at")


def dead_letters(site: Site | None) -> QuerySet[DeadLetter]:
    """Return all dead letters of the site, newest first."""
    return DeadLetter.objects.filter(site=site).order_by("-received_at")


def dead_letter(site: Site | None, pk: int) -> DeadLetter | None:
    """Return the site's dead letter with that primary key; None for one of another site."""
    return DeadLetter.objects.filter(site=site, pk=pk).first()


@dataclass(frozen=True)
class Reason:
    """One reason of rejection, and the number of dead letters with it."""

    field: str
    code: str
    params: Mapping[str, Any]
    message: str
    hint: str
    letters: int

    @property
    def texts(self) -> Texts:
        """Return message and hint in the active language."""
        return render(self.code, self.params) or Texts(self.message, self.hint)


def reasons_of(letters: QuerySet[DeadLetter], limit: int = 12) -> list[Reason]:
    """Return the most frequent reasons of these dead letters, most frequent first."""
    names = ("field", "code", "params", "message", "hint")
    grouped = letters.order_by().values_list(*names).annotate(n=Sum("occurrences"))
    return [Reason(*row) for row in grouped.order_by("-n", "field", "message")[:limit]]


def dead_letters_of_device(letters: QuerySet[DeadLetter], device: Device) -> QuerySet[DeadLetter]:
    """Filter the dead letters by the device's own topics.

    Messages on a topic that all devices of a manufacturer share cannot be attributed by topic, so
    they are left out.
    """
    mine = Q(pk__in=[])
    for prefix in _own_topic_prefixes(device):
        mine |= Q(topic__startswith=prefix)
    return letters.filter(mine)


def sender_of(letter: DeadLetter) -> Device | None:
    """Return the device that sent a dead letter, by its topic and payload.

    None where it cannot be determined, or where the device is of another site than the letter.
    """
    try:
        found = registry.address(letter.topic, bytes(letter.payload)).device
    except Rejection:
        return None
    if found is None or found.site_id != letter.site_id:
        return None
    return Device.objects.filter(pk=found.device_id).first()


def replays_of(site: Site) -> QuerySet[Run]:
    """Return the site's replays of dead letters, newest first."""
    return Run.objects.filter(kind=REPLAY_KIND, site=site)


def _own_topic_prefixes(device: Device) -> list[str]:
    """Return the device's own topics up to their first wildcard."""
    driver = drivers.DRIVERS.get(device.driver)
    if driver is None:
        return []
    values = {
        "{name}": accounts.own_name(device),
        "{topic}": device.topic,
        "{site}": device.site.slug,
    }
    own = [each for each in driver.MANIFEST.publishes if "{name}" in each or "{topic}" in each]
    filled = (accounts.topic_of(device, each) for each in own if _has_values(each, values))
    return [each.partition("#")[0].partition("+")[0] for each in filled]


def _has_values(pattern: str, values: dict[str, str | None]) -> bool:
    return all(value for placeholder, value in values.items() if placeholder in pattern)


def has_mapping(device: Device) -> bool:
    """Return whether the device's driver is the one with a configurable mapping."""
    return device.driver == "generic-json"
