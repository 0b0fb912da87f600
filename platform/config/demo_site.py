"""The demo site, step by step, lower rooms first.

`manage.py load_demo` makes all steps in one transaction; from the console they are the chunks of a
run, each a transaction of its own, so that a killed worker repeats only the step it was at.
"""

import json
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import override

from access import demo as access
from config.appliance.places import Home, write_private
from core import runs
from core.models import Run, Site, User
from devices.demo import DemoDevices
from estate import demo as estate
from estate.models import Lot
from incidents import demo as incidents
from metering import demo as metering
from parking import demo as parking
from people import demo as people

ACTOR = "load_demo"
MQTT_PORT = 1883


def hire_staff(site: Site) -> None:
    """Create the staff and store their passwords in a file that only its owner can read."""
    passwords = people.hire_staff(site, ACTOR)
    lines = "".join(f"{name} {password}\n" for name, password in passwords.items() if password)
    write_private(Home.at(settings.HOME).root / "demo-logins.txt", lines)


def register_residents(site: Site) -> None:
    """Create the units, and register the residents with their cars."""
    estate.create_units(site, _user("manager"))
    people.register_residents(site, _user("manager"))


def build_lot(site: Site) -> None:
    """Create the car park, its lanes and bays, the devices and meters; describe the devices."""
    devices = DemoDevices(site, _user("manager"))
    lot = estate.create_lot(site, devices.actor)
    estate.create_lanes(lot, devices)
    estate.create_bays(lot, devices)
    metering.install_meters(devices)
    _write_simulator_file(devices)


def fill_lists(site: Site) -> None:
    """Fill the watch-list, the access lists and the visitor passes."""
    incidents.watch_plate(site, _user("manager"), _user("security"))
    access.fill_lists(site, _user("manager"))


def park_cars(site: Site) -> None:
    """Publish the tariff, and let cars in."""
    lot = Lot.objects.get(site=site)
    parking.publish_prices(lot, _user("manager"))
    parking.park_cars(lot, _user("guard"))


STEPS: tuple[Callable[[Site], None], ...] = (
    hire_staff,
    register_residents,
    build_lot,
    fill_lists,
    park_cars,
)


def load_step(run: Run) -> runs.Chunk:
    """Make the next step of a run, in the language that its starter reads."""
    number = run.cursor or 0
    run.total = len(STEPS)
    with override(run.parameters["language"]):
        STEPS[number](run.site)
    return runs.Chunk(done=1, cursor=number + 1 if number + 1 < len(STEPS) else None)


def _user(username: str) -> User:
    return User.objects.get(username=username)


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


# The page that shows the progress asks for it, so no live topic announces it.
runs.register(estate.RUN_KIND, load_step, lambda run: None)
