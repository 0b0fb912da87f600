"""How the people of a demo site come there, by the product's own services."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from core import clock
from core.models import Site, User
from estate.models import Unit
from people import services
from people.models import Holder, Occupancy
from people.staff import grant_role

WHOLE = Decimal(1)
OWNER, TENANT = Occupancy.Role.OWNER, Occupancy.Role.TENANT


def since() -> datetime:
    """Return when everyone came."""
    return clock.now() - timedelta(days=200)


def hire(site: Site, staff: Iterable[tuple[str, str]], actor: str) -> dict[str, str]:
    """Grant roles, and return the passwords of new accounts by username.

    Args:
        staff: usernames and roles.
    """
    granted = {name: grant_role(site, name, role, actor) for name, role in staff}
    passwords = {name: password for name, password in granted.items() if password}
    # A demo is tried out with the passwords that it prints.
    User.objects.filter(username__in=passwords).update(must_change_password=False)
    return passwords


def move_in(
    site: Site, actor: User, holder: Holder, role: str, building: str, codes: Sequence[str]
) -> None:
    """Let a holder move into units of a building; owners and tenants pay the fees there."""
    on = clock.local(since(), site.timezone).date()
    share = WHOLE if role == OWNER else None
    pays = ("",) if role in (OWNER, TENANT) else ()
    new = services.NewOccupancy(holder, role, share=share, pays=pays)
    for unit in Unit.objects.filter(building__site=site, building__code=building, code__in=codes):
        services.move_in(unit, actor, new, on=on)


def register_cars(site: Site, actor: User, holder: Holder, plates: Iterable[str]) -> None:
    """Register cars with a holder."""
    begins_at = since()
    for plate in plates:
        services.register_vehicle(site, actor, plate=plate, holder=holder, begins_at=begins_at)
