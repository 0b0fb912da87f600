"""Validation of entered values: normalised, or rejected with field, code and hint."""

from collections.abc import Iterable
from datetime import date, datetime

from django.utils.translation import gettext as _

from core import clock
from core.errors import Rejection
from core.plates import TEST_PLATE, is_plausible, normalise
from core.text_lists import joined


def plate(text: str, field: str = "plate") -> str:
    """Normalise an entered plate.

    Raises:
        Rejection: the text is not a plate, or is the one of test cars.
    """
    spelled = normalise(text)
    if spelled == TEST_PLATE:
        raise Rejection(
            field,
            "reserved",
            _("this plate is reserved for test cars"),
            _("enter the plate of a real car"),
        )
    if not is_plausible(spelled):
        raise Rejection(
            field,
            "not_a_plate",
            _("this is not a valid plate"),
            _("enter its letters and digits, such as 沪A12345"),
        )
    return spelled


def require_reason(reason: str, hint: str | None = None) -> None:
    """Validate that a reason is given.

    Raises:
        Rejection: the reason is empty.
    """
    if not reason.strip():
        raise Rejection(
            "reason", "missing", _("a reason is required"), hint or _("enter a short reason")
        )


def listed(labels: Iterable[object]) -> str:
    """Return what may be chosen in a hint: labels, in the page's language and with its comma."""
    return joined(str(label) for label in labels)


def require_order(begins: date, ends: date | None, field: str = "ends_at") -> None:
    """Validate that a period ends after it begins, or is open-ended.

    Args:
        begins, ends: both instants or both days.
        field: that of the end.

    Raises:
        Rejection: it ends before it begins.
    """
    if ends is not None and ends <= begins:
        raise Rejection(
            field, "end_before_begin", _("the end is before the start"), _("choose a later end")
        )


def require_new_end(
    begins_at: datetime, old_end: datetime | None, new_end: datetime | None
) -> None:
    """Validate another end of a period that has not ended; what has ended stays as it was.

    Raises:
        Rejection: the period has ended, or the new end is not ahead or before the beginning.
    """
    now = clock.now()
    if old_end is not None and old_end <= now:
        raise Rejection(
            "ends_at", "has_ended", _("this has ended already"), _("add a new entry instead")
        )
    if new_end is not None and new_end <= max(now, begins_at):
        raise Rejection(
            "ends_at", "not_ahead", _("the new end is not in the future"), _("choose a later end")
        )
