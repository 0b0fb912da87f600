"""What a person entered: in its one spelling, or refused with the field and the hint."""

from datetime import datetime

from django.utils.translation import gettext as _

from core.errors import Rejection
from core.plates import is_plausible, normalise


def plate(text: str, field: str = "plate") -> str:
    """Return the one spelling of a plate.

    Raises:
        Rejection: the text is no plate.
    """
    spelled = normalise(text)
    if not is_plausible(spelled):
        raise Rejection(
            field,
            "not_a_plate",
            _("this is no plate"),
            _("write its letters and digits, such as 沪A12345"),
        )
    return spelled


def require_reason(reason: str, hint: str | None = None) -> None:
    """Pass silently where something is said.

    Raises:
        Rejection: nothing is.
    """
    if not reason.strip():
        raise Rejection(
            "reason", "missing", _("a reason is missing"), hint or _("say why, in a few words")
        )


def require_order(begins_at: datetime, ends_at: datetime | None) -> None:
    """Pass silently where it ends after it begins, or never.

    Raises:
        Rejection: it does not.
    """
    if ends_at is not None and ends_at <= begins_at:
        raise Rejection(
            "ends_at", "end_before_begin", _("it ends before it begins"), _("choose a later end")
        )
