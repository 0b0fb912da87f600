"""What states of feeds are called on pages."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from incidents.models import FeedEndpoint

_PAUSED: dict[str, str | Promise] = {
    "gone": _("The receiver answered that it is gone (410)."),
    "no_answer": _("Nothing was accepted for 72 hours."),
    "expired": _("Its validity has ended."),
}


def paused_reason(endpoint: FeedEndpoint) -> str | Promise:
    """Return why an endpoint is paused: a person's words, or what paused it by itself."""
    if endpoint.paused_by_id is not None:
        return endpoint.paused_reason
    return _PAUSED.get(endpoint.paused_reason, endpoint.paused_reason)
