"""How long to wait after too many attempts, as a sentence."""

from django.utils.translation import ngettext


def wait_text(wait_s: int) -> str:
    """Return the sentence that asks to wait, in seconds or in minutes."""
    if wait_s < 60:
        return ngettext(
            "Too many attempts. Try again in %(count)d second.",
            "Too many attempts. Try again in %(count)d seconds.",
            wait_s,
        ) % {"count": wait_s}
    minutes = -(-wait_s // 60)
    return ngettext(
        "Too many attempts. Try again in %(count)d minute.",
        "Too many attempts. Try again in %(count)d minutes.",
        minutes,
    ) % {"count": minutes}
