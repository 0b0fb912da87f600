"""The demo site's staff, residents and their cars."""

from datetime import timedelta

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from core import clock
from core.models import Site, User
from core.permissions import StandardRole
from estate.models import Unit
from people import services
from people.staff import grant_role

RESIDENTS = [
    (_("Chen Jing"), "1", "1201", ["沪A12345", "沪AD12345"]),
    (_("Wang Lei"), "1", "0803", ["沪B6F688"]),
    (_("Li Na"), "2", "0502", ["苏E88K21"]),
    (_("Zhang Wei"), "2", "1104", ["沪C7D520", "浙A3P092"]),
    (_("Anna Vogel"), "3", "0301", ["MAV1234"]),
    (_("Zhao Min"), "4", "0902", ["沪AF06789"]),
    (_("Sun Hao"), "5", "0605", ["沪K2H318"]),
    (_("Market Row Bakery"), "S", "02", ["沪D5X777"]),
]
STAFF = [
    ("manager", StandardRole.MANAGER),
    ("guard", StandardRole.GUARD),
    ("security", StandardRole.SECURITY),
]


def hire_staff(site: Site, actor: str) -> dict[str, str]:
    """Create an account for each role and return the passwords by username."""
    passwords = {name: grant_role(site, name, role, actor) for name, role in STAFF}
    # A demo is tried out with the passwords that it prints.
    User.objects.filter(username__in=passwords).update(must_change_password=False)
    return passwords


def register_residents(site: Site, actor: User) -> None:
    """Register the residents with their units and cars."""
    since = clock.now() - timedelta(days=200)
    for english, building, code, plates in RESIDENTS:
        name = gettext(english)
        unit = Unit.objects.get(building__site=site, building__code=building, code=code)
        person = services.register_person(site, actor, name=name, unit=unit)
        for plate in plates:
            services.register_vehicle(site, actor, plate=plate, holder=person, begins_at=since)
