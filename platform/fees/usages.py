"""The leases of a unit."""

from collections.abc import Iterator

from django.utils.translation import ngettext

from estate.models import Place, Unit
from estate.ports import Usage
from fees.models import Lease
from people.periods import lasting_after, today


def of_place(place: Place) -> Iterator[Usage]:
    """Yield the leases of a unit that have not ended: the unit cannot end before them."""
    if not isinstance(place, Unit):
        return
    count = Lease.objects.filter(lasting_after(today(place.site)), unit=place).count()
    if count:
        text = ngettext("%(count)s lease goes on", "%(count)s leases go on", count)
        yield Usage(text % {"count": count}, blocks=True)
