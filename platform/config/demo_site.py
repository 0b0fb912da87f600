"""The demo sites, step by step, lower rooms first.

`manage.py load_demo` makes all steps in one transaction; from the console they are the chunks of a
run, each a transaction of its own, so that a killed worker repeats only the step it was at.
"""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import override

from access import demo as access
from config.appliance.places import Home, write_private
from core import runs
from core.models import Run, Site, User
from core.permissions import StandardRole
from devices.demo import DemoDevices
from doors import demo as doors
from estate import demo as estate
from estate.demo import community as community_places
from estate.demo import doors as door_places
from estate.demo import park as park_places
from estate.demo import sensors
from estate.models import Lot
from fees import demo as fees
from incidents import demo as incidents
from incidents import demo_telemetry
from incidents.escalation import demo as escalation
from incidents.feeds import demo as feeds
from metering import demo as metering
from parking import demo as parking
from people.demo import accounts, arriving
from people.demo import community as community_people
from people.demo import park as park_people

ACTOR = "load_demo"
MQTT_PORT = 1883
Step = Callable[[Site], None]


def hire_community_staff(site: Site) -> None:
    """Create the community's staff."""
    _write_logins(arriving.hire(site, community_people.STAFF, ACTOR))


def register_residents(site: Site) -> None:
    """Create the units, and register the residents with their cars and some with accounts."""
    community_places.create_units(site, _user("manager"))
    community_people.register_residents(site, _user("manager"))
    _write_logins(accounts.open_portal(site, _user("manager")))


def build_courtyard(site: Site) -> None:
    """Create the car park, its lanes and bays, the devices and meters; describe the devices."""
    devices = DemoDevices(site, _user("manager"))
    lot = community_places.create_lot(site, devices.actor)
    community_places.create_lanes(lot, devices)
    community_places.create_bays(lot, devices)
    metering.install_meters(devices, metering.COMMUNITY)
    metering.replace_oven_meter(site, devices.actor)
    sensors.install_community(devices)
    demo_telemetry.record_past(site, incidents.COMMUNITY)
    incidents.enable_rules(site, devices.actor, incidents.COMMUNITY)
    incidents.write_procedures(site, devices.actor)
    residents = community_people.RESIDENTS
    vehicles = _vehicles(
        [plate for *_rest, plates in residents for plate in plates],
        access.COMMUNITY,
        incidents.WATCHED,
    )
    _write_simulator_file(devices, {"vehicles": vehicles, "inside": _inside(parking.INSIDE)})


def fill_community_lists(site: Site) -> None:
    """Fill the watch-list, the access lists and the visitor passes; add feeds, issue cards."""
    incidents.watch_plate(site, _user("manager"), _user("security"), incidents.WATCHED)
    incidents.set_up_cameras(site, _user("security"), "smoke-garage")
    feeds.add_feeds(site, _user("manager"), _user("security"))
    guards = [_user(name) for name in ("guard", "guard-2", "guard-3")]
    escalation.plan_on_call(site, _user("manager"), guards)
    access.fill_lists(site, _user("manager"), access.COMMUNITY)
    doors.issue_cards(site, _user("security"))
    incidents.dispatch_to_liaison(
        site, _user("security"), _user("manager"), _user("liaison"), "south-entry-barrier"
    )


def open_community_doors(site: Site) -> None:
    """Create the doors for people with their devices, and grant the residents their rights."""
    devices = DemoDevices(site, _user("manager"))
    door_places.install_community(devices)
    _add_to_simulator_file(devices, doors.open_doors(site, _user("security")))


def park_cars(site: Site) -> None:
    """Publish the tariff, and let cars in."""
    lot = Lot.objects.get(site=site)
    parking.publish_prices(lot, _user("manager"))
    parking.park_cars(lot, _user("guard"), "south", parking.INSIDE)


def bill_residents(site: Site) -> None:
    """Bill some residents for repairs and services."""
    fees.set_rules(site, _user("manager"))
    fees.bill_residents(site, _user("manager"), _user("finance"))


def bill_last_month(site: Site) -> None:
    """Bill the fees of the last full month, and receive some of the money."""
    fees.bill_last_month(site, _user("manager"))
    fees.receive_payments(site, _user("finance"))


def hire_park_staff(site: Site) -> None:
    """Create the park's staff."""
    _write_logins(arriving.hire(site, park_people.STAFF, ACTOR))


def register_companies(site: Site) -> None:
    """Create halls and offices, and register the companies with their people and trucks."""
    park_places.create_units(site, _user("park-manager"))
    park_people.register_companies(site, _user("park-manager"))


def build_yard(site: Site) -> None:
    """Create the truck yard and the car park with gates, devices and meters; describe these."""
    devices = DemoDevices(site, _user("park-manager"))
    park_places.create_lots(site, devices)
    metering.install_meters(devices, metering.PARK)
    sensors.install_park(devices)
    demo_telemetry.record_past(site, incidents.PARK)
    incidents.enable_rules(site, devices.actor, incidents.PARK)
    cars = [*park_people.CARS, *map(_truck, park_people.TRUCKS)]
    vehicles = _vehicles(cars, access.PARK, incidents.WATCHED_TRUCK)
    inside = [*_inside(parking.TRUCKS_INSIDE, "cn-yellow"), *_inside(parking.CARS_INSIDE)]
    strangers = {"cn-yellow": 70, "cn-blue": 18, "cn-green": 12}
    described = {"vehicles": vehicles, "inside": inside, "strangers": strangers}
    _write_simulator_file(devices, described)


def fill_park_lists(site: Site) -> None:
    """Fill the watch-list, the lists and passes, issue cards, and report what has happened."""
    manager, security = _user("park-manager"), _user("park-security")
    incidents.watch_plate(site, manager, security, incidents.WATCHED_TRUCK)
    incidents.set_up_cameras(site, security, "smoke-warehouse-1")
    guards = [_user(name) for name in ("park-guard", "park-guard-2", "park-guard-3")]
    escalation.plan_on_call(site, manager, guards)
    access.fill_lists(site, manager, access.PARK)
    doors.issue_cards(site, security)
    incidents.report_incidents(site, security, "staff-exit-barrier", "bay-t-08")


def open_park_doors(site: Site) -> None:
    """Create the door of the offices, and let their staff in."""
    devices = DemoDevices(site, _user("park-manager"))
    door_places.install_park(devices)
    _add_to_simulator_file(devices, doors.open_offices(site, _user("park-security")))


def park_trucks(site: Site) -> None:
    """Publish the tariffs of both car parks, and let trucks and cars in."""
    manager, guard = _user("park-manager"), _user("park-guard")
    yard, staff = (Lot.objects.get(site=site, code=code) for code in ("trucks", "staff"))
    parking.publish_prices(yard, manager, tariff=parking.TRUCK_TARIFF)
    parking.publish_prices(staff, manager, tariff=parking.STAFF_TARIFF)
    parking.park_cars(yard, guard, "trucks", parking.TRUCKS_INSIDE, "yellow")
    parking.park_cars(staff, guard, "staff", parking.CARS_INSIDE)


def hire_manager(site: Site) -> None:
    """Let the community's manager manage the empty site, too."""
    _write_logins(arriving.hire(site, [("manager", StandardRole.MANAGER)], ACTOR))


STEPS: dict[str, tuple[Step, ...]] = {
    estate.COMMUNITY: (
        hire_community_staff,
        register_residents,
        build_courtyard,
        fill_community_lists,
        open_community_doors,
        park_cars,
        bill_residents,
        bill_last_month,
    ),
    estate.PARK: (
        hire_park_staff,
        register_companies,
        build_yard,
        fill_park_lists,
        open_park_doors,
        park_trucks,
    ),
    estate.EMPTY: (hire_manager,),
}


def load(sites: Iterable[Site]) -> None:
    """Make all steps of sites that were created."""
    for slug, step in _steps(site.slug for site in sites):
        step(Site.objects.get(slug=slug))


def load_step(run: Run) -> runs.Chunk:
    """Make the next step of a run, in the language that its starter reads."""
    # Runs that were started by an earlier version load the community alone.
    steps = _steps(run.parameters.get("sites", [estate.COMMUNITY]))
    number = run.cursor or 0
    run.total = len(steps)
    slug, step = steps[number]
    with override(run.parameters["language"]):
        step(Site.objects.get(slug=slug))
    return runs.Chunk(done=1, cursor=number + 1 if number + 1 < len(steps) else None)


def _steps(slugs: Iterable[str]) -> list[tuple[str, Step]]:
    return [(slug, step) for slug in slugs for step in STEPS[slug]]


def _user(username: str) -> User:
    return User.objects.get(username=username)


def _write_logins(passwords: dict[str, str]) -> None:
    """Add passwords to a file that only its owner can read."""
    place = Home.at(settings.HOME).root / "demo-logins.txt"
    known = place.read_text(encoding="utf-8") if place.exists() else ""
    lines = [line for line in known.splitlines() if line.partition(" ")[0] not in passwords]
    lines += [f"{name} {password}" for name, password in passwords.items()]
    write_private(place, "".join(f"{line}\n" for line in lines))


def _vehicles(cars: list[Any], listed: access.Lists, watched: str) -> dict[str, list[Any]]:
    return {
        "residents": cars,
        "visitors": list(listed.visitors),
        "blocked": [plate for plate, _reason in listed.blocked],
        "watched": [watched],
    }


def _truck(plate: str) -> dict[str, str]:
    return {"plate": plate, "design": "cn-yellow"}


def _inside(cars: parking.Inside, design: str = "") -> list[dict[str, str]]:
    kind = {"design": design} if design else {}
    return [{"plate": plate, "bay": bay, **kind} for plate, bay, _hours in cars]


def _write_simulator_file(devices: DemoDevices, described: dict[str, Any]) -> None:
    """Write a site's file for the simulator, readable by its owner: it has devices' passwords."""
    slug, broker = devices.site.slug, urlsplit(settings.MQTT_DEVICES or settings.MQTT_URL)
    document = {
        # Without our own name and password: each device signs in with its own.
        "mqtt": f"mqtt://{broker.hostname}:{broker.port or MQTT_PORT}",
        "site": slug,
        "portal_url": f"{settings.PUBLIC_URL}/p/{slug}/",
        "devices": devices.entries,
        **described,
    }
    write_private(_simulator_file(slug), json.dumps(document, indent=1))


def _add_to_simulator_file(devices: DemoDevices, people: list[dict[str, str]]) -> None:
    """Add the devices of doors, and who passes them, to a site's file for the simulator."""
    place = _simulator_file(devices.site.slug)
    document = json.loads(place.read_text(encoding="utf-8"))
    document["devices"] += devices.entries
    document["people"] = people
    write_private(place, json.dumps(document, indent=1))


def _simulator_file(slug: str) -> Path:
    """Return the community's file, whose name is the simulator's default, or another site's."""
    name = "simulator.json" if slug == estate.COMMUNITY else f"simulator-{slug}.json"
    return Home.at(settings.HOME).root / name


# The page that shows the progress asks for it, so no live topic announces it.
runs.register(estate.RUN_KIND, load_step, lambda run: None)
