"""Page the person on call for what has gone wrong with a feed."""

from django.utils.translation import gettext_lazy as _

from core.events import subscribe
from core.severities import Severity
from incidents.escalation.paging import declare_page, page_on_call
from incidents.feeds.events import DeliveryLate, DeliveryRejected, EndpointPaused
from incidents.models import Delivery, FeedEndpoint

_REJECTED = declare_page("feed_rejected", _("%(feed)s rejected a message about an incident"))
_TEST_REJECTED = declare_page("feed_test_rejected", _("%(feed)s rejected a test message"))
_LATE = declare_page(
    "feed_late", _("Phone %(feed)s: an extreme incident is not delivered after 2 minutes")
)
_PAUSED = {
    "gone": declare_page("feed_gone", _("%(feed)s is paused: the receiver says that it is gone")),
    "no_answer": declare_page(
        "feed_no_answer", _("%(feed)s is paused: nothing was accepted for 72 hours")
    ),
    "expired": declare_page("feed_expired", _("%(feed)s is paused: its validity has ended")),
}


def register() -> None:
    """Subscribe to what goes wrong with feeds."""
    subscribe(DeliveryRejected, _rejected)
    subscribe(DeliveryLate, _late)
    subscribe(EndpointPaused, _paused)


def _rejected(event: DeliveryRejected) -> None:
    delivery = _delivery(event.delivery_id)
    if delivery.message.incident_id is None:
        _page(delivery.endpoint, _TEST_REJECTED, _feed_path(delivery.endpoint), Severity.MINOR)
    else:
        _page(delivery.endpoint, _REJECTED, _incident_path(delivery), Severity.SEVERE)


def _late(event: DeliveryLate) -> None:
    delivery = _delivery(event.delivery_id)
    _page(delivery.endpoint, _LATE, _incident_path(delivery), Severity.EXTREME)


def _paused(event: EndpointPaused) -> None:
    endpoint = FeedEndpoint.objects.select_related("site").get(pk=event.endpoint_id)
    _page(endpoint, _PAUSED[event.reason], _feed_path(endpoint), Severity.SEVERE)


def _page(endpoint: FeedEndpoint, code: str, path: str, severity: str) -> None:
    page_on_call(endpoint.site, code, {"feed": endpoint.name}, path, severity)


def _feed_path(endpoint: FeedEndpoint) -> str:
    return f"/s/{endpoint.site.slug}/feeds/{endpoint.pk}/"


def _incident_path(delivery: Delivery) -> str:
    return f"/s/{delivery.endpoint.site.slug}/incidents/{delivery.message.incident_id}/"


def _delivery(pk: int) -> Delivery:
    return Delivery.objects.select_related("endpoint__site", "message").get(pk=pk)
