"""How long photos of meters are kept."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core import retention

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
