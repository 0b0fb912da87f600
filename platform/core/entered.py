"""What a person entered: in its one spelling, or refused with the field and the mend."""

from datetime import datetime

from django.utils.translation import gettext as _

from core.errors import Refusal
from core.plates import is_plausible, normalise


def plate(text: str, field: str = "plate") -> str:
    """Return the one spelling of a plate.

    Raises:
        Refusal: the text is no plate.
    """
    spelled = normalise(text)
    if not is_plausible(spelled):
        raise Refusal(
            field, _("this is no plate"), _("write its letters and digits, such as 沪A12345")
        )
    return spelled


def require_reason(reason: str, mend: str | None = None) -> None:
    """Pass silently where something is said.

    Raises:
        Refusal: nothing is.
    """
    if not reason.strip():
        raise Refusal("reason", _("a reason is missing"), mend or _("say why, in a few words"))


def require_order(begins_at: datetime, ends_at: datetime | None) -> None:
    """Pass silently where it ends after it begins, or never.

    Raises:
        Refusal: it does not.
    """
    if ends_at is not None and ends_at <= begins_at:
        raise Refusal("ends_at", _("it ends before it begins"), _("choose a later end"))
