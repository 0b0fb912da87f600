"""The stays of a lot, and the values of a site that stays and tariffs depend on."""

from collections.abc import Iterator

from django.utils.translation import ngettext

from core.models import Site
from estate.models import Lot, Place
from estate.ports import FixedValue, Usage, UsedBy
from parking.models import Stay, Tariff

_SHOWN = 5


def of_place(place: Place) -> Iterator[Usage]:
    """Yield the cars in a lot, which leave before it ends."""
    if not isinstance(place, Lot):
        return
    inside = Stay.objects.filter(lot=place, status=Stay.Status.OPEN)
    count = inside.count()
    if count:
        text = ngettext("%(count)s car is inside", "%(count)s cars are inside", count)
        first = inside.order_by("entered_at")[:_SHOWN]
        rows = tuple(UsedBy("stay", stay.pk, stay.plate) for stay in first)
        yield Usage(text % {"count": count}, blocks=True, rows=rows)


def fixed_by_stays(site: Site) -> Iterator[FixedValue]:
    """Yield the time zone and the currency once stays or tariffs were recorded in them.

    A price depends on the site's days and hours, and amounts are stored in minor units of the
    currency: after a change both would mean something else.
    """
    stays = Stay.objects.filter(site=site).count()
    if stays:
        text = ngettext(
            "%(count)s stay was recorded in it", "%(count)s stays were recorded in it", stays
        )
        yield FixedValue("timezone", text % {"count": stays})
        yield FixedValue("currency", text % {"count": stays})
        return
    tariffs = Tariff.objects.filter(lot__site=site, withdrawn_at=None).count()
    if tariffs:
        text = ngettext(
            "%(count)s tariff was published in it",
            "%(count)s tariffs were published in it",
            tariffs,
        )
        yield FixedValue("currency", text % {"count": tariffs})
