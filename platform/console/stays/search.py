"""What the search box finds of stays."""

from django.urls import reverse
from django.utils import timezone

from core.models import Site
from parking import selectors
from parking.plate_search import of_plate
from ui.sections import Hit

# Fewer characters are in most plates.
_SHORTEST = 2


def find_stays(site: Site, text: str, most: int) -> list[Hit]:
    """Return the latest stays of the plates that contain the text."""
    if len(text) < _SHORTEST:
        return []
    found = of_plate(site, selectors.stays(site), text)[:most]
    return [
        Hit(
            stay.plate,
            reverse("console:stay", args=[site.slug, stay.pk]),
            f"{timezone.localtime(stay.entered_at):%Y-%m-%d %H:%M} · {stay.get_status_display()}",
            "parking",
        )
        for stay in found
    ]
