"""The demo site's staff, residents, cars, passes, lists and tariff."""

from datetime import timedelta
from typing import Any

from access import lists
from core import clock
from core.models import Site, User
from core.permissions import StandardRole
from core.plates import fold
from estate.models import Building, Lot, Unit
from incidents import services as incidents
from parking.models import LotRules, Tariff
from people.models import Person, Vehicle
from people.staff import grant_role

RESIDENTS = [
    ("Chen Jing", "1", "1201", ["沪A12345", "沪AD12345"]),
    ("Wang Lei", "1", "0803", ["沪B6F688"]),
    ("Li Na", "2", "0502", ["苏E88K21"]),
    ("Zhang Wei", "2", "1104", ["沪C7D520", "浙A3P092"]),
    ("Anna Vogel", "3", "0301", ["MAV1234"]),
    ("Zhao Min", "4", "0902", ["沪AF06789"]),
    ("Sun Hao", "5", "0605", ["沪K2H318"]),
    ("Market Row Bakery", "S", "02", ["沪D5X777"]),
]
VISITORS = ["沪E9N456", "粤B5T118", "苏A7M369"]
ALLOWED = [("沪G3W901", "refuse collection"), ("沪H1Y234", "parcel round")]
BLOCKED = [("皖A4Q404", "left three times without paying")]
WATCHED = "鲁B9Z135"
STAFF = [
    ("manager", StandardRole.MANAGER),
    ("guard", StandardRole.GUARD),
    ("security", StandardRole.SECURITY),
]

TARIFF: dict[str, Any] = {
    "schema": "tariff/1",
    "id": "willow-court",
    "version": 1,
    "currency": "CNY",
    "timezone": "Asia/Shanghai",
    "free": {"minutes": 5, "kind": "threshold", "inclusive": True, "repeat": "stay"},
    "ladder_reset": "24h",
    "elements": [
        {
            "id": "day",
            "when": {"time": ["07:00", "21:00"]},
            "steps": [{"upto": 60, "unit": 60, "price": 500}, {"unit": 30, "price": 250}],
        },
        {
            "id": "night",
            "when": {"time": ["21:00", "07:00"]},
            "steps": [{"unit": 60, "price": 100}],
        },
    ],
    "caps": [{"window": "24h", "amounts": [4000]}],
    "exit_grace_minutes": 15,
}


def hire_staff(site: Site) -> dict[str, str]:
    """Make a person of each role and return their passwords by name."""
    return {name: grant_role(site, name, role, "load_demo") for name, role in STAFF}


def house_residents(site: Site) -> None:
    """Let the residents move in and register their cars."""
    since = clock.now() - timedelta(days=200)
    for name, building, unit, plates in RESIDENTS:
        home = Unit.objects.create(
            building=Building.objects.get(site=site, code=building), code=unit
        )
        person = Person.objects.create(site=site, name=name, unit=home)
        for plate in plates:
            Vehicle.objects.create(
                site=site, person=person, plate=plate, folded=fold(plate), begins_at=since
            )


def set_lists(site: Site) -> None:
    """Write the allow list, the block list, the visitor passes and the watch-list."""
    now, manager = clock.now(), User.objects.get(username="manager")
    rows = [("allow", *row) for row in ALLOWED] + [("block", *row) for row in BLOCKED]
    for kind, plate, reason in rows:
        lists.add_entry(site, manager, kind=kind, plate=plate, reason=reason, begins_at=now)
    for plate in VISITORS:
        lists.issue_pass(
            site,
            manager,
            plate=plate,
            begins_at=now - timedelta(minutes=5),
            ends_at=now + timedelta(days=30),
            host=Person.objects.filter(site=site).earliest("pk"),
            entries_allowed=100,
            free_minutes=120,
        )
    _watch(site, manager)


def _watch(site: Site, manager: User) -> None:
    now = clock.now()
    entry = incidents.add_watch_entry(
        site,
        manager,
        plate=WATCHED,
        legal_basis="stolen_vehicle",
        document_no="SV-2026-0417",
        requesting_org="District police station",
        requesting_officer="Officer Qian",
        reason="reported stolen by its owner",
        begins_at=now,
        ends_at=now + timedelta(days=60),
    )
    incidents.approve_watch_entry(entry, User.objects.get(username="security"))


def set_prices(lot: Lot) -> None:
    """Put the lot's tariff in force and its rules in place."""
    Tariff.objects.create(
        lot=lot,
        code=TARIFF["id"],
        version=TARIFF["version"],
        document=TARIFF,
        valid_from=clock.now() - timedelta(days=200),
    )
    LotRules.objects.create(lot=lot, lost_entry_charge=1000)
