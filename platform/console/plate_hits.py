"""What the search box finds of rows with a plate."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from core.models import Site
from parking.plate_search import of_plate
from ui.sections import Hit

# Fewer characters are in most plates.
_SHORTEST = 2


def plate_search(
    rows: Callable[[Site], QuerySet[Any]],
    at: str,
    url_name: str,
    note: Callable[[Any], object],
    icon: str,
) -> Callable[[Site, str, int], list[Hit]]:
    """Return what finds the latest rows of the plates that contain a text.

    Args:
        rows: returns the rows of a site.
        at: the field of the time that a hit shows, the latest first.
        url_name: name of the URL of a row's page.
        note: what a hit says besides the time.
        icon: the icon of a hit.
    """

    def find(site: Site, text: str, most: int) -> list[Hit]:
        if len(text) < _SHORTEST:
            return []
        found = of_plate(site, rows(site), text).order_by(f"-{at}", "-pk")[:most]
        return [
            Hit(
                row.plate,
                reverse(url_name, args=[site.slug, row.pk]),
                f"{timezone.localtime(getattr(row, at)):%Y-%m-%d %H:%M} · {note(row)}",
                icon,
            )
            for row in found
        ]

    return find
