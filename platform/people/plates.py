"""Plates that people enter: normalised, and compared with the formats of the countries expected."""

from functools import lru_cache

from django.conf import settings
from django.utils.translation import gettext as _

from core import validation
from core.errors import Rejection
from core.models import Site
from devices.vision.formats import FormatBook


def validate_plate(site: Site, text: str, *, unusual_plate: bool = False) -> str:
    """Normalise an entered plate that has the format of a country that the site expects.

    No book has every format (personal plates, embassies, older ones), so another spelling is
    accepted once the person who enters it has confirmed it.

    Args:
        unusual_plate: the person confirms that the plate is spelled like this.

    Raises:
        Rejection: the text is not a plate, or has an unknown format and is not confirmed.
    """
    spelled = validation.plate(text)
    book = _formats(tuple(site.plate_countries or settings.PLATE_COUNTRIES))
    if not unusual_plate and book.of(spelled) is None:
        raise Rejection(
            "plate",
            "unusual_plate",
            _("no expected plate is spelled like %(plate)s") % {"plate": spelled},
            _("correct it, or confirm the spelling"),
            params={"plate": spelled},
            override="unusual_plate",
        )
    return spelled


@lru_cache
def _formats(countries: tuple[str, ...]) -> FormatBook:
    return FormatBook(countries)
