"""The meter points of a unit or a building."""

from collections.abc import Iterator

from django.utils.translation import ngettext

from estate.models import Building, Place, Unit
from estate.ports import Usage, UsedBy
from metering.models import MeterPoint

_SHOWN = 5


def of_place(place: Place) -> Iterator[Usage]:
    """Yield the meter points of a place, which go on being read after it has ended."""
    if isinstance(place, Unit):
        points = MeterPoint.objects.filter(unit=place)
    elif isinstance(place, Building):
        points = MeterPoint.objects.filter(building=place)
    else:
        return
    count = points.count()
    if count:
        text = ngettext(
            "%(count)s meter point stays and is read as before",
            "%(count)s meter points stay and are read as before",
            count,
        )
        rows = tuple(UsedBy("meter", each.pk, str(each)) for each in points.order_by("pk")[:_SHOWN])
        yield Usage(text % {"count": count}, rows=rows)
