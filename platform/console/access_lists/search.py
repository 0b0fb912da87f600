"""What the search box finds of registered cars."""

from django.urls import reverse

from core.models import Site
from core.plates import fold
from people.models import Vehicle
from ui.sections import Hit


def find_vehicles(site: Site, text: str, most: int) -> list[Hit]:
    """Return the registered cars whose plate contains the text."""
    part = fold(text)
    if not part:
        return []
    found = Vehicle.objects.filter(site=site, folded__contains=part).select_related(
        "person", "company"
    )
    rows = found.order_by("-pk")[:most]
    return [Hit(row.plate, _vehicles(site), row.holder.name, "car") for row in rows]


def _vehicles(site: Site) -> str:
    return reverse("console:access_vehicles", args=[site.slug])
