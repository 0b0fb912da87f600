"""What reads the registry, the commands, the messages and the dead letters; each by site."""

from django.db.models import Count, QuerySet

from core.models import Site
from devices.models import Command, DeadLetter, Device, DeviceEvent


def devices_of(site: Site) -> QuerySet[Device]:
    """Return the site's devices, by code."""
    return Device.objects.filter(site=site).order_by("code")


def device_of(site: Site, pk: int) -> Device | None:
    """Return the site's device of that number; None for another site's, as if it were not there."""
    return Device.objects.filter(site=site, pk=pk).first()


def state_counts(site: Site) -> dict[str, int]:
    """Return how many of the site's enabled devices are in each state."""
    states = Device.objects.filter(site=site, enabled=True).values("state")
    return dict(states.annotate(n=Count("pk")).values_list("state", "n"))


def recent_events(device: Device, limit: int = 50) -> QuerySet[DeviceEvent]:
    """Return what the device said last, newest first."""
    return DeviceEvent.objects.filter(device=device).order_by("-pk")[:limit]


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
