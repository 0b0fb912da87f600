"""How long photos of meters are kept."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core import retention
from metering.models import MeterReading

PHOTOS = "meter_photos"


def register_classes() -> None:
    """Declare the class of data; a photo is evidence while a bill can be disputed."""
    retention.register(
        retention.DataClass(
            PHOTOS,
            _("Photos of meters"),
            _("from the reading"),
            lambda: settings.METER_PHOTO_DAYS,
            shortest=30,
        )
    )


def photos_in_use(names: list[str]) -> set[str]:
    """Return which photos a reading names."""
    rows = MeterReading.objects.filter(photo__in=names)
    return set(rows.values_list("photo", flat=True))
