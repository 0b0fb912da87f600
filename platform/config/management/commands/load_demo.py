"""`manage.py load_demo`: a site to look at and to play, loaded once."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction

from config.appliance.places import Home, write_private
from config.demo import devices, meters, people, plan
from core import clock
from core.models import Site
from core.plates import fold
from estate.models import Bay, Building, Lot
from parking.charges import begin_charge
from parking.models import Stay

SLUG = "demo"
# Cars that stand inside when the site opens, and for how many hours they have.
INSIDE = [
    ("沪L8J246", "A-03", 1.4),
    ("苏B3C579", "B-11", 3.2),
    ("浙C6R802", "D-07", 0.6),
    ("沪N2T731", "A-14", 5.1),
    ("皖B8F455", "C-02", 2.3),
    ("沪M9K160", "C-18", 0.9),
    ("苏D1V284", "D-12", 7.5),
    ("沪R4A907", "B-05", 1.9),
]


class Command(BaseCommand):
    """Load the demo site with its staff, residents, lanes, devices and tariff."""

    help = "Load the demo site once; where it is there already nothing changes."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load everything in one transaction, or nothing."""
        if Site.objects.filter(slug=SLUG).exists():
            self.stdout.write("The demo site is there already.")
            return
        with transaction.atomic():
            passwords = _load()
        lines = "".join(f"{name} {password}\n" for name, password in passwords.items())
        place = Home.at(settings.HOME).root / "demo-logins.txt"
        write_private(place, lines)
        self.stdout.write(f"The demo site's staff and their passwords stand in {place}.")


def _load() -> dict[str, str]:
    site = Site.objects.create(
        slug=SLUG,
        name="Willow Court",
        timezone="Asia/Shanghai",
        currency="CNY",
        longitude=plan.LONGITUDE,
        latitude=plan.LATITUDE,
    )
    for code, (name, box) in plan.BUILDINGS.items():
        Building.objects.create(site=site, code=code, name=name, outline=box.ring())
    lot = Lot.objects.create(
        site=site, code="main", name="Courtyard", capacity=80, outline=plan.LOT.ring()
    )
    passwords = people.hire_staff(site)
    people.house_residents(site)
    people.set_lists(site)
    people.set_prices(lot)
    found = devices.Field(site)
    devices.lay_lanes(site, lot, found)
    devices.mark_bays(lot, found)
    meters.install_meters(site, found)
    _park(lot)
    devices.write_simulator_file(found, _vehicles(), _inside())
    return passwords


def _park(lot: Lot) -> None:
    tariff = lot.tariffs.get()
    for plate, bay, hours in INSIDE:
        stay = Stay.objects.create(
            site=lot.site,
            lot=lot,
            plate=plate,
            folded=fold(plate),
            entered_at=clock.now() - timedelta(hours=hours),
            tariff=tariff,
            currency=lot.site.currency,
        )
        begin_charge(stay)
        Bay.objects.filter(lot=lot, code=bay).update(status=Bay.Status.OCCUPIED)


def _inside() -> list[dict[str, str]]:
    return [{"plate": plate, "bay": bay} for plate, bay, _hours in INSIDE]


def _vehicles() -> dict[str, list[str]]:
    return {
        "residents": [plate for *_rest, plates in people.RESIDENTS for plate in plates],
        "visitors": people.VISITORS,
        "blocked": [plate for plate, _reason in people.BLOCKED],
        "watched": [people.WATCHED],
    }
