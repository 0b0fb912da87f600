"""What reads the registry, the commands, the messages and the dead letters; each by site."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from core.errors import Rejection
from core.models import Run, Site
from devices import drivers, registry
from devices.drivers.contract import SignsInWith
from devices.models import REPLAY_KIND, Command, DeadLetter, Device, DeviceEvent
from devices.rejections import Texts, render


def devices_of(site: Site) -> QuerySet[Device]:
    """Return the site's devices, by code."""
    return Device.objects.filter(site=site).order_by("code")


def device_of(site: Site, pk: int) -> Device | None:
    """Return the site's device of that number; None for another site's, as if it were not there."""
    return Device.objects.filter(site=site, pk=pk).first()


def checks_signature(device: Device) -> bool:
    """Whether the device needs the key that its commands are signed with."""
    driver = drivers.DRIVERS.get(device.driver)
    return driver is not None and driver.MANIFEST.checks_signature


def state_counts(site: Site) -> dict[str, int]:
    """Return how many of the site's enabled devices are in each state."""
    states = Device.objects.filter(site=site, enabled=True).values("state")
    return dict(states.annotate(n=Count("pk")).values_list("state", "n"))


def events_of(device: Device) -> QuerySet[DeviceEvent]:
    """Return what the device said, newest first."""
    return DeviceEvent.objects.filter(device=device).order_by("-pk")


def recent_commands(device: Device, limit: int = 50) -> QuerySet[Command]:
    """Return what the device was told last, newest first."""
    return Command.objects.filter(device=device).order_by("-seq")[:limit]


def open_letters(site: Site | None) -> QuerySet[DeadLetter]:
    """Return the dead letters that wait for a person, newest first.

    Args:
        site: whose; None for those that name no known site, which only the installation's own
            staff may see.
    """
    return DeadLetter.objects.filter(
        site=site, replayed_at__isnull=True, discarded_at__isnull=True
    ).order_by("-received_at")


def letters_of(site: Site | None) -> QuerySet[DeadLetter]:
    """Return all dead letters of the site, newest first."""
    return DeadLetter.objects.filter(site=site).order_by("-received_at")


def letter_of(site: Site | None, pk: int) -> DeadLetter | None:
    """Return the site's dead letter of that number; None for another site's."""
    return DeadLetter.objects.filter(site=site, pk=pk).first()


@dataclass(frozen=True)
class Reason:
    """Why letters were refused, and how many of them."""

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
    """Return the most frequent reasons of these letters, the most frequent first."""
    names = ("field", "code", "params", "message", "hint")
    grouped = letters.order_by().values_list(*names).annotate(n=Count("pk"))
    return [Reason(*row) for row in grouped.order_by("-n", "field", "message")[:limit]]


def letters_of_device(letters: QuerySet[DeadLetter], device: Device) -> QuerySet[DeadLetter]:
    """Keep the letters that came on the device's own topics.

    A maker's topic that all its devices share tells nothing of the device, so what came there is
    nobody's.
    """
    mine = Q(pk__in=[])
    for beginning in _own_beginnings(device):
        mine |= Q(topic__startswith=beginning)
    return letters.filter(mine)


def sender_of(letter: DeadLetter) -> Device | None:
    """Return the device that the letter came from, by its topic and what it says.

    None where nobody can tell, or where the device is of another site than the letter.
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


def _own_beginnings(device: Device) -> list[str]:
    """Return what the device's own topics begin with, up to the first wildcard."""
    driver = drivers.DRIVERS.get(device.driver)
    if driver is None:
        return []
    by_code = driver.MANIFEST.signs_in_with == SignsInWith.CODE
    name = device.code if by_code else device.serial
    words = {"{name}": name, "{topic}": device.topic, "{site}": device.site.slug}
    own = [each for each in driver.MANIFEST.publishes if "{name}" in each or "{topic}" in each]
    return [_filled(each, words) for each in own if _is_filled(each, words)]


def _is_filled(pattern: str, words: dict[str, str | None]) -> bool:
    return all(word for sign, word in words.items() if sign in pattern)


def _filled(pattern: str, words: dict[str, str | None]) -> str:
    beginning = pattern.partition("#")[0].partition("+")[0]
    for sign, word in words.items():
        beginning = beginning.replace(sign, word or "")
    return beginning


def has_mapping(device: Device) -> bool:
    """Return whether the device's driver is the one with a configurable mapping."""
    return device.driver == "generic-json"
