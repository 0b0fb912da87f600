"""The demo park's staff, and the companies that rent there with their people, trucks and cars."""

from dataclasses import dataclass, field

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from core.models import Site, User
from core.permissions import StandardRole
from people import services
from people.demo.arriving import TENANT, move_in, register_cars
from people.models import Occupancy

STAFF = [
    ("manager", StandardRole.MANAGER),  # of the community, too: to try several sites
    ("park-manager", StandardRole.MANAGER),
    ("park-guard", StandardRole.GUARD),
    ("park-guard-2", StandardRole.GUARD),
    ("park-guard-3", StandardRole.GUARD),
    ("park-finance", StandardRole.FINANCE),
    ("park-security", StandardRole.SECURITY),
]


@dataclass(frozen=True)
class TenantCompany:
    """A company of the park.

    Attributes:
        name, contact: in English; translated when they are stored.
        units: the codes of the units that it rents, by building.
        trucks: the plates of its trucks, which are yellow.
        staff: its people, each with the plate of a car of theirs or none; they work in the first
            of its units.
    """

    name: str
    tax_number: str
    contact: str
    units: dict[str, list[str]]
    trucks: list[str] = field(default_factory=list)
    staff: list[tuple[str, str]] = field(default_factory=list)


COMPANIES = [
    TenantCompany(
        _("Swift Freight"),
        "91310115MA1H7T4K3Q",
        _("Ma Chao"),
        {"W1": ["A", "B"], "O": ["101"]},
        ["沪D58821", "沪D61907", "沪E20536"],
        [(_("Ma Chao"), "沪AD70218"), (_("Tang Yue"), "沪F3M620"), (_("Gao Feng"), "")],
    ),
    TenantCompany(
        _("Eastport Warehousing"),
        "91310115MA1K2B8W9N",
        _("Deng Li"),
        {"W2": ["A", "B", "C"], "O": ["201", "202"]},
        ["沪D83315", "苏E19470"],
        [(_("Deng Li"), "沪BF51826"), (_("Jiang Bo"), "沪G8T415")],
    ),
    TenantCompany(
        _("Polar Fresh Foods"),
        "91310115MA1J5X6C1H",
        _("Shen Ning"),
        {"C": ["A"]},
        ["沪D40962", "浙F27581"],
        [(_("Shen Ning"), "沪H6K093"), (_("Cao Rui"), "苏B7R218")],
    ),
    TenantCompany(
        _("Clearway Customs Brokers"),
        "91310115MA1L9D3F7U",
        _("Fang Yi"),
        {"O": ["301"]},
        [],
        [(_("Fang Yi"), "沪J1C577")],
    ),
]
TRUCKS = [plate for company in COMPANIES for plate in company.trucks]
CARS = [plate for company in COMPANIES for _name, plate in company.staff if plate]


def register_companies(site: Site, actor: User) -> None:
    """Register the companies with their units and trucks, and their people with their cars."""
    for each in COMPANIES:
        company = services.register_company(
            site,
            actor,
            name=gettext(each.name),
            tax_number=each.tax_number,
            contact=gettext(each.contact),
        )
        for building, codes in each.units.items():
            move_in(site, actor, company, TENANT, building, codes)
        register_cars(site, actor, company, each.trucks)
        _register_staff(site, actor, each)


def _register_staff(site: Site, actor: User, company: TenantCompany) -> None:
    building, codes = next(iter(company.units.items()))
    for name, plate in company.staff:
        person = services.register_person(site, actor, name=gettext(name))
        move_in(site, actor, person, Occupancy.Role.WORKER, building, codes[:1])
        register_cars(site, actor, person, [plate] if plate else [])
