"""The demo community's staff, its residents and companies, and their cars."""

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from core.models import Site, User
from core.permissions import StandardRole
from people import services
from people.demo.arriving import OWNER, TENANT, move_in, register_cars
from people.models import Occupancy

FAMILY = Occupancy.Role.FAMILY
# Owners of flats that they let come before their tenants, who then pay the fees.
RESIDENTS: list[tuple[str, str, str, str, list[str]]] = [
    (_("Chen Jing"), OWNER, "1", "1201", ["沪A12345", "沪AD12345"]),
    (_("Chen Yu"), FAMILY, "1", "1201", []),
    (_("Xu Mei"), OWNER, "1", "0803", []),
    (_("Wang Lei"), TENANT, "1", "0803", ["沪B6F688"]),
    (_("Li Na"), OWNER, "2", "0502", ["苏E88K21"]),
    (_("Zhang Wei"), OWNER, "2", "1104", ["沪C7D520", "浙A3P092"]),
    (_("Zhang Min"), FAMILY, "2", "1104", []),
    (_("Anna Vogel"), TENANT, "3", "0301", ["MAV1234"]),
    (_("Zhao Min"), OWNER, "4", "0902", ["沪AF06789"]),
    (_("Sun Hao"), OWNER, "5", "0605", ["沪K2H318"]),
]
# With the shops that they rent in the row.
# Of those who use the portal; bills are mailed to them.
EMAILS = {"Chen Jing": "chen.jing@example.com", "Xu Mei": "xu.mei@example.com"}
COMPANIES = [
    (_("Market Row Bakery"), "91310000MA1FL0T65D", _("Zhou Qiang"), ["02"], ["沪D5X777"]),
    (_("Golden Osmanthus Restaurant"), "91310000MA1K9C4P2X", _("He Lan"), ["04", "05"], []),
    (_("Courtyard Pharmacy"), "91310000MA1H3U7E8T", _("Guo Jun"), ["01"], []),
]
STAFF = [
    ("manager", StandardRole.MANAGER),
    ("guard", StandardRole.GUARD),
    ("guard-2", StandardRole.GUARD),
    ("guard-3", StandardRole.GUARD),
    ("finance", StandardRole.FINANCE),
    ("security", StandardRole.SECURITY),
    # Sets up the second factor at the first sign-in.
    ("liaison", StandardRole.LIAISON),
]


def register_residents(site: Site, actor: User) -> None:
    """Register the residents with their flats and cars, and the companies with their shops."""
    for english, role, building, code, plates in RESIDENTS:
        email = EMAILS.get(english, "")
        person = services.register_person(site, actor, name=gettext(english), email=email)
        move_in(site, actor, person, role, building, [code])
        register_cars(site, actor, person, plates)
    for english, tax_number, contact, shops, plates in COMPANIES:
        company = services.register_company(
            site, actor, name=gettext(english), tax_number=tax_number, contact=gettext(contact)
        )
        move_in(site, actor, company, TENANT, "S", shops)
        register_cars(site, actor, company, plates)
