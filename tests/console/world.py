"""One of everything that the console shows, at one site."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO

from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from PIL import Image

from access.models import AccessListEntry, Passage, VisitorPass
from core import clock
from core.models import Run, Site, User
from devices import events
from devices.models import DeadLetter, Device
from devices.telemetry import services as telemetry
from devices.telemetry.registers import Sample
from estate import provisioning_runs
from incidents import services as incidents
from incidents.models import Incident, WatchEntry
from metering.models import Meter, MeterReading
from metering.services import enter_reading, record_device_reading
from parking.models import Stay, Tariff
from people.models import Vehicle
from tests.factories import (
    AccessListEntryFactory,
    DeviceFactory,
    MembershipFactory,
    UserFactory,
    VehicleFactory,
    VisitorPassFactory,
    WatchEntryFactory,
)
from tests.gate import GateScene
from tests.metering.meters import install_meter

TWO_HOURS = timedelta(hours=2)


@dataclass
class World:
    """A site with a car inside that waits to pay, and one row of each list."""

    gate: GateScene
    passage: Passage
    stay: Stay
    entry: AccessListEntry
    vehicle: Vehicle
    visit: VisitorPass
    watch: WatchEntry
    incident: Incident
    letter: DeadLetter
    barrier: Device
    sensor: Device
    tariff: Tariff
    meter: Meter
    reading: MeterReading
    doubtful: MeterReading
    provisioning: Run

    @property
    def site(self) -> Site:
        return self.gate.site

    def url(self, name: str, *args: object) -> str:
        return reverse(f"console:{name}", args=[self.site.slug, *args])


def build() -> World:
    """Make a world; the car at the exit came in two hours ago and owes ten yuan."""
    gate = GateScene.build()
    watch = WatchEntryFactory(site=gate.site)
    now = clock.now()
    meter, reading, doubtful = read_meter(gate.site)
    measure(gate.entry.camera, now, temperature__c=21.5)
    return World(
        gate=gate,
        passage=car_that_owes(gate),
        stay=Stay.objects.get(site=gate.site),
        entry=AccessListEntryFactory(site=gate.site),
        vehicle=VehicleFactory(person__site=gate.site),
        visit=VisitorPassFactory(site=gate.site),
        watch=watch,
        incident=incidents.raise_incident(
            gate.site.pk, "plate_watchlist", f"watch:{watch.pk}", "severe", now, {}, watch
        ),
        letter=DeadLetter.objects.create(
            site=gate.site,
            topic=f"gh/v1/{gate.site.slug}/ghost/up/event",
            payload=b'{"plate": "<script>"}',
            size=21,
            field="code",
            code="device_unknown",
            params={"device": "ghost"},
            message="ghost is not registered",
            hint="register the device first",
            received_at=now,
        ),
        barrier=DeviceFactory(site=gate.site, kind="barrier", driver="gatehouse"),
        sensor=DeviceFactory(
            site=gate.site,
            kind="sensor",
            driver="generic-json",
            topic=f"{gate.site.slug}/cellar",
        ),
        tariff=Tariff.objects.get(lot=gate.lot),
        meter=meter,
        reading=reading,
        doubtful=doubtful,
        provisioning=provisioning_runs.start(
            gate.site, "code,kind,driver\nmeter-of-a-list,meter,gatehouse\n", UserFactory()
        ),
    )


def read_meter(site: Site) -> tuple[Meter, MeterReading, MeterReading]:
    """A meter with a manual reading with photo, and an implausible one of a device."""
    month_ago = clock.now() - timedelta(days=30)
    meter = install_meter(site, at=month_ago, most_per_day="10")
    reading = enter_reading(
        meter,
        UserFactory(),
        register=Decimal(100),
        at=month_ago + timedelta(days=20),
        photo=jpeg(96, 72),
    )
    at = month_ago + timedelta(days=25)
    doubtful = record_device_reading(meter, Sample(at, at, 5000.0), at.date())
    assert doubtful is not None
    return meter, reading, doubtful


def measure(device: Device, at: datetime, **values: float) -> None:
    """Report values of a device, ``temperature__c`` as ``temperature.c``."""
    metrics = {name.replace("__", "."): value for name, value in values.items()}
    said = {"device_id": device.pk, "site_id": device.site_id, "key": "", "at": at}
    with transaction.atomic():
        telemetry.add_values(events.Measured(**said, received_at=at, values=metrics))


def car_that_owes(gate: GateScene, plate: str = "沪A55555") -> Passage:
    """Let a car in two hours ago, and have it seen at the exit now."""
    gate.sees(gate.entry, plate)
    Stay.objects.filter(plate=plate).update(entered_at=clock.now() - TWO_HOURS)
    Passage.objects.filter(plate=plate).update(at=clock.now() - TWO_HOURS)
    return gate.sees(gate.exit, plate, image=jpeg())


def jpeg(width: int = 32, height: int = 18) -> bytes:
    """A very small photo."""
    made = BytesIO()
    Image.new("RGB", (width, height), "#345").save(made, "JPEG")
    return made.getvalue()


def hire(site: Site, role: str) -> User:
    """A user with that role at the site."""
    user: User = MembershipFactory(site=site, role=role).user
    return user


def signed_in(user: User) -> Client:
    """A browser with that user signed in."""
    client = Client()
    client.force_login(user)
    return client


def text(answer: HttpResponse) -> str:
    """Return the page, without the white space between its elements."""
    return re.sub(r">\s+<", "><", answer.content.decode())
