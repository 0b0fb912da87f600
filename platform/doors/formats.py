"""Formats of cards: which facility codes and numbers readers can report."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from core.errors import Rejection
from doors.models import Card


@dataclass(frozen=True)
class Range:
    """The greatest facility code and number of a format."""

    facility: int
    number: int


# Wiegand 26 has 8 bits of facility and 16 of number, Wiegand 34 has 16 of each; the two parity
# bits are the rest. A number alone is that of a chip, of at most seven bytes.
RANGES: dict[str, Range] = {
    Card.Format.NUMBER: Range(0, 2**56 - 1),
    Card.Format.WIEGAND_26: Range(255, 65_535),
    Card.Format.WIEGAND_34: Range(65_535, 65_535),
}


def require_possible(card_format: str, facility: int, number: int) -> None:
    """Validate that a card of the format may have these numbers.

    Raises:
        Rejection: there is no such format, or a reader could not report one of the numbers.
    """
    found = RANGES.get(card_format)
    if found is None:
        raise Rejection("format", "not_a_choice", _("there is no such format"), _("choose another"))
    for field, value, most in (
        ("facility", facility, found.facility),
        ("number", number, found.number),
    ):
        if not 0 <= value <= most:
            raise _out_of_range(field, most)


def _out_of_range(field: str, most: int) -> Rejection:
    if not most:
        return Rejection(
            field,
            "no_facility",
            _("a card of this format has no facility code"),
            _("leave it empty, or choose a Wiegand format"),
        )
    params = {"least": 0, "most": most}
    return Rejection(
        field,
        "out_of_range",
        _("is not between %(least)s and %(most)s") % params,
        _("correct the number, or choose another format"),
        params=params,
    )
