"""Who occupies a unit, a bay or a building."""

from collections.abc import Iterator

from django.utils.translation import ngettext

from estate.models import Bay, Building, Lot, Place, Unit
from estate.ports import Usage, UsedBy
from people.models import Occupancy
from people.periods import lasting_after, today

_SHOWN = 5


def of_place(place: Place) -> Iterator[Usage]:
    """Yield the occupancies of a place or its parts that have not ended: they end before it."""
    paths = {Unit: "unit", Building: "unit__building", Bay: "bay", Lot: "bay__lot"}
    path = paths.get(type(place))
    if path is None:
        return
    lasting = Occupancy.objects.filter(lasting_after(today(place.site)), **{path: place})
    count = lasting.count()
    if count:
        text = ngettext(
            "%(count)s person or company is registered here",
            "%(count)s people or companies are registered here",
            count,
        )
        shown = lasting.select_related("person", "company").order_by("pk")[:_SHOWN]
        rows = tuple(
            UsedBy(str(each.holder._meta.model_name), each.holder.pk, each.holder.name)
            for each in shown
        )
        yield Usage(text % {"count": count}, blocks=True, rows=rows)
