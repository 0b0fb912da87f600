"""Who lives or works in a unit or a building."""

from collections.abc import Iterator

from django.utils.translation import ngettext

from estate.models import Building, Place, Unit
from estate.ports import Usage, UsedBy
from people.models import Person

_SHOWN = 5


def of_place(place: Place) -> Iterator[Usage]:
    """Yield the people of a unit, or of a building's units; they are moved before it ends."""
    if isinstance(place, Unit):
        people = Person.objects.filter(unit=place)
    elif isinstance(place, Building):
        people = Person.objects.filter(unit__building=place)
    else:
        return
    count = people.count()
    if count:
        text = ngettext(
            "%(count)s person is registered here", "%(count)s people are registered here", count
        )
        rows = tuple(
            UsedBy("person", each.pk, each.name) for each in people.order_by("pk")[:_SHOWN]
        )
        yield Usage(text % {"count": count}, blocks=True, rows=rows)
