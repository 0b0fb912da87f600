"""The site's lots with the versions of tariffs that they have."""

from core import clock
from core.models import Site
from estate.models import Lot
from parking.models import Tariff
from parking.selectors import tariff_at


def lots_with_tariffs(site: Site) -> list[tuple[Lot, Tariff | None]]:
    """Return each lot in use with its version in force, by the lot's code."""
    now = clock.now()
    lots = Lot.objects.in_use().filter(site=site).order_by("code")
    return [(lot, tariff_at(lot.pk, now)) for lot in lots]
