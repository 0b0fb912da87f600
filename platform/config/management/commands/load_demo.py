"""`manage.py load_demo`: load the demo site, once."""

import json
from argparse import ArgumentParser
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils.translation import override

from access import demo as access
from config.appliance.places import Home, write_private
from core.models import Site, User
from devices.demo import DemoDevices
from estate import demo as estate
from incidents import demo as incidents
from metering import demo as metering
from parking import demo as parking
from people import demo as people

ACTOR = "load_demo"
MQTT_PORT = 1883


class Command(BaseCommand):
    """Load the demo site with its staff, residents, lanes, devices and tariff."""

    help = "Load the demo site once; an existing one is not changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add --language: the language of the names of places and people."""
        parser.add_argument(
            "--language",
            choices=[code for code, _name in settings.LANGUAGES],
            default=settings.LANGUAGE_CODE,
            help="the language of the names of places and people (default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Load everything in one transaction, or nothing."""
        if Site.objects.filter(slug=estate.SLUG).exists():
            self.stdout.write("The demo site exists already.")
            return
        with transaction.atomic(), override(options["language"]):
            passwords = _load()
        lines = "".join(f"{name} {password}\n" for name, password in passwords.items())
        place = Home.at(settings.HOME).root / "demo-logins.txt"
        write_private(place, lines)
        self.stdout.write(f"The usernames and passwords of the demo site's staff are in {place}.")


def _load() -> dict[str, str]:
    """Call each room's part, lower rooms first; returns the staff's passwords by username."""
    site = estate.create_site(ACTOR)
    passwords = people.hire_staff(site, ACTOR)
    manager, guard, security = (User.objects.get(username=name) for name in passwords)
    devices = DemoDevices(site, manager)
    lot = estate.create_lot(site, manager)
    estate.create_lanes(lot, devices)
    estate.create_bays(lot, devices)
    people.register_residents(site, manager)
    incidents.watch_plate(site, manager, security)
    metering.install_meters(devices)
    access.fill_lists(site, manager)
    parking.publish_prices(lot, manager)
    parking.park_cars(lot, guard)
    _write_simulator_file(devices)
    return passwords


def _write_simulator_file(devices: DemoDevices) -> None:
    """Write the simulator's file, readable by its owner only: it has the devices' passwords."""
    broker = urlsplit(settings.MQTT_DEVICES or settings.MQTT_URL)
    document = {
        # Without our own name and password: each device signs in with its own.
        "mqtt": f"mqtt://{broker.hostname}:{broker.port or MQTT_PORT}",
        "site": devices.site.slug,
        "portal_url": f"{settings.PUBLIC_URL}/p/{devices.site.slug}/",
        "devices": devices.entries,
        "vehicles": {
            "residents": [plate for *_rest, plates in people.RESIDENTS for plate in plates],
            "visitors": access.VISITORS,
            "blocked": [plate for plate, _reason in access.BLOCKED],
            "watched": [incidents.WATCHED],
        },
        "inside": [{"plate": plate, "bay": bay} for plate, bay, _hours in parking.INSIDE],
    }
    write_private(Home.at(settings.HOME).root / "simulator.json", json.dumps(document, indent=1))
