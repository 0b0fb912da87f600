"""What the search box finds of units."""

from django.urls import reverse

from core.models import Site
from estate.models import Unit
from ui.sections import Hit


def find_units(site: Site, text: str, most: int) -> list[Hit]:
    """Return the units in use of a code, such as ``0803`` or ``1-0803``."""
    building, dash, code = text.rpartition("-")
    if not code:
        return []
    rows = Unit.objects.in_use().filter(building__site=site, code__istartswith=code)
    if dash:
        rows = rows.filter(building__code__iexact=building)
    found = rows.select_related("building").order_by("code", "building__code")[:most]
    return [
        Hit(
            str(unit),
            reverse("console:place_unit", args=[site.slug, unit.pk]),
            unit.building.name,
            "home",
        )
        for unit in found
    ]
