"""The devices of a populated site: one that reports values, a barrier, a sensor, a dead letter."""

from datetime import datetime

from django.db import transaction

from core import clock
from devices import events
from devices.models import DeadLetter, Device
from devices.telemetry import services as telemetry
from tests.factories import DeviceFactory
from tests.rooms import World


def measure(device: Device, at: datetime, **values: float) -> None:
    """Report values of a device, ``temperature__c`` as ``temperature.c``."""
    metrics = {name.replace("__", "."): value for name, value in values.items()}
    head = {"device_id": device.pk, "site_id": device.site_id, "key": "", "at": at}
    with transaction.atomic():
        telemetry.add_values(events.Measured(**head, received_at=at, values=metrics))


def report_camera(world: World) -> Device:
    """The entry's camera, after it reported its temperature."""
    camera: Device = world.gate.entry.camera
    measure(camera, clock.now(), temperature__c=21.5)
    return camera


def register_barrier(world: World) -> Device:
    """A barrier with a command key."""
    return DeviceFactory(site=world.site, kind="barrier", driver="gatehouse")


def register_sensor(world: World) -> Device:
    """A sensor whose messages a mapping describes."""
    topic = f"{world.site.slug}/cellar"
    return DeviceFactory(site=world.site, kind="sensor", driver="generic-json", topic=topic)


def reject_message(world: World) -> DeadLetter:
    """A message of a device that is not registered."""
    return DeadLetter.objects.create(
        site=world.site,
        topic=f"gh/v1/{world.site.slug}/ghost/up/event",
        payload=b'{"plate": "<script>"}',
        size=21,
        field="code",
        code="device_unknown",
        params={"device": "ghost"},
        message="ghost is not registered",
        hint="register the device first",
        received_at=clock.now(),
    )


ROWS = {
    "camera": report_camera,
    "barrier": register_barrier,
    "sensor": register_sensor,
    "letter": reject_message,
}
