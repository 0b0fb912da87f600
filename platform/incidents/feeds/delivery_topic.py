"""The outbox topic of deliveries, its lane and its schedule."""

from datetime import timedelta

from core import outbox
from core.ids import public_id
from core.retry_schedule import Schedule, Stage
from incidents.models import Delivery, FeedEndpoint

LANE = "feeds"
_DAY_S = 86_400.0
#: For authorities: seconds first, then every 5 minutes for a day, then every 30 minutes.
POLICE = Schedule((5, 15, 30, 60, 120, 300), (Stage(300, _DAY_S), Stage(1800)))
#: After so long without a success, a person is notified and the endpoint is paused.
GIVE_UP_AFTER = timedelta(hours=72)
DELIVERY = outbox.declare("feed.delivery", lane=LANE, schedule=POLICE)


def receiver_of(endpoint: FeedEndpoint) -> str:
    """Return the outbox's name of an endpoint: its deliveries leave in their order."""
    return f"feed:{endpoint.pk}"


def queue(delivery: Delivery, *, again: bool = False) -> None:
    """Queue a delivery in the caller's transaction.

    Args:
        again: a person sends again what was delivered, rejected or given up before.
    """
    key = f"delivery:{delivery.pk}" + (f":{public_id()}" if again else "")
    payload = {"delivery": delivery.pk, "manual": again}
    outbox.put(DELIVERY, key, payload, receiver=receiver_of(delivery.endpoint))
