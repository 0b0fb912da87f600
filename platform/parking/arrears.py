"""Stays whose car has left without paying all of it."""

from billing.selectors import unpaid_sources
from core.models import Site
from parking.charges import KIND
from parking.models import Stay

# So many stays of one plate are looked at, and so many unpaid ones are listed.
_LATEST = 100
_LISTED = 10


def find_unpaid(site: Site, plate: str) -> list[Stay]:
    """Return the stays of exactly this plate that left unpaid, the latest first."""
    left = Stay.objects.filter(lot__site=site, plate=plate, status=Stay.Status.CLOSED)
    stays = list(left.select_related("lot").order_by("-left_at", "-pk")[:_LATEST])
    unpaid = unpaid_sources(KIND, [stay.public_id for stay in stays])
    return [stay for stay in stays if stay.public_id in unpaid][:_LISTED]
