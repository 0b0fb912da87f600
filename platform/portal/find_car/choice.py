"""Cars offered to a driver who typed a part of the plate.

Nothing that leads to a stay is on the page before the driver has chosen: the rest of the plate is
masked, and the choice is a signed token instead of the stay's unguessable id.
"""

from dataclasses import dataclass
from datetime import datetime

from django.core import signing

from core.models import Site
from core.plates import mask
from parking.models import Stay
from parking.plate_search import find_partly_inside

_SALT = "portal.find_car"
_TOKEN_LIFETIME = 600  # seconds


@dataclass(frozen=True)
class Choice:
    """A car inside whose plate contains what the driver typed, or is one character off.

    Attributes:
        plate: with dots for what the driver did not type.
        token: to choose it with.
    """

    plate: str
    entered_at: datetime
    lot: str
    token: str


def choices(site: Site, part: str) -> list[Choice]:
    """Return the cars inside that match what was typed; none if it matches too many."""
    return [
        Choice(
            plate=mask(stay.plate, part),
            entered_at=stay.entered_at,
            lot=stay.lot.name,
            token=signing.dumps([site.pk, stay.pk], salt=_SALT),
        )
        for stay in find_partly_inside(site, part)
    ]


def chosen(site: Site, token: str) -> Stay | None:
    """Return the stay that a token was issued for; None if it is invalid or has expired."""
    try:
        site_id, pk = signing.loads(token, salt=_SALT, max_age=_TOKEN_LIFETIME)
    except signing.BadSignature:
        return None
    return Stay.objects.filter(site=site, pk=pk).first() if site_id == site.pk else None
