"""What the search box finds of passages."""

from django.urls import reverse
from django.utils import timezone

from access import selectors
from core.models import Site
from parking.plate_search import of_plate
from ui.sections import Hit

# Fewer characters are in most plates.
_SHORTEST = 2


def find_passages(site: Site, text: str, most: int) -> list[Hit]:
    """Return the latest passages of the plates that contain the text."""
    if len(text) < _SHORTEST:
        return []
    found = of_plate(site, selectors.passages(site), text).order_by("-seen_at", "-pk")
    return [
        Hit(
            passage.plate,
            reverse("console:passage", args=[site.slug, passage.pk]),
            f"{timezone.localtime(passage.seen_at):%Y-%m-%d %H:%M} · {passage.lane.name}",
            "history",
        )
        for passage in found[:most]
    ]
