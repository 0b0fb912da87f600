"""What the search box finds of doors."""

from django.db.models import Q
from django.urls import reverse

from core.models import Site
from estate.models import Door
from ui.sections import Hit


def find_doors(site: Site, text: str, most: int) -> list[Hit]:
    """Return the doors whose name or code contains the text."""
    rows = Door.objects.in_use().filter(Q(name__icontains=text) | Q(code__icontains=text))
    doors = rows.filter(site=site).select_related("building").order_by("code")[:most]
    return [
        Hit(
            door.name,
            reverse("console:live_door", args=[site.slug, door.pk]),
            str(door.building or door.code),
            "door-enter",
        )
        for door in doors
    ]
