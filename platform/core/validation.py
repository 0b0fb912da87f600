"""Validation of entered values: normalised, or rejected with field, code and hint."""

from datetime import datetime

from django.utils.translation import gettext as _

from core.errors import Rejection
from core.plates import is_plausible, normalise


def plate(text: str, field: str = "plate") -> str:
    """Normalise an entered plate.

    Raises:
        Rejection: the text is not a plate.
    """
    spelled = normalise(text)
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


def require_order(begins_at: datetime, ends_at: datetime | None) -> None:
    """Validate that a period ends after it begins, or is open-ended.

    Raises:
        Rejection: it ends before it begins.
    """
    if ends_at is not None and ends_at <= begins_at:
        raise Rejection(
            "ends_at", "end_before_begin", _("the end is before the start"), _("choose a later end")
        )
