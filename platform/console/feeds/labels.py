"""What states of feeds are called on pages."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from incidents.models import FeedEndpoint

_PAUSED: dict[str, str | Promise] = {
    "gone": _("The receiver answered that it is gone (410)."),
    "no_answer": _("Nothing was accepted for 72 hours."),
    "expired": _("Its validity has ended."),
}

# Codes of why an attempt was not made, or a peer does not know us (integrations.police.viid).
_HELD: dict[str, str | Promise] = {
    "identifiers_missing": _("The identifiers are missing."),
    "not_registered": _("It waits for the registration."),
    "refused": _("The receiver refused our sign-in; we register again."),
}


def held_reason(text: str) -> str | Promise:
    """Return what an attempt's error says: a code of ours in words, and others as they are."""
    return _HELD.get(text, text)


def paused_reason(endpoint: FeedEndpoint) -> str | Promise:
    """Return why an endpoint is paused: a person's words, or what paused it by itself."""
    if endpoint.paused_by_id is not None:
        return endpoint.paused_reason
    return _PAUSED.get(endpoint.paused_reason, endpoint.paused_reason)
