"""An endpoint after an outage: one message tries first, the others follow once it was accepted.

The outbox has one message of an endpoint under way at most. What is left to decide is what follows
a message that was refused: while the endpoint works, the next one at once; after an outage, one
message after a pause. A receiver that came back wrong, and answers 404 to everything, would
otherwise have its whole queue parked within a second.
"""

from datetime import datetime, timedelta

from core import clock, outbox
from incidents.feeds.delivery_topic import receiver_of
from incidents.models import FeedEndpoint

State = FeedEndpoint.State
#: After a message that was refused, the next one tries after this.
NEXT_PROBE = timedelta(seconds=30)


def begin(endpoint: FeedEndpoint, since: datetime) -> None:
    """Store that a locked endpoint has held its queue since an instant."""
    if endpoint.state == State.ACTIVE:
        endpoint.state = State.PROBING
    endpoint.first_failure_at = since
    _save(endpoint)


def end(endpoint: FeedEndpoint) -> None:
    """Store that a locked endpoint has accepted a message: its queue follows."""
    if endpoint.state == State.ACTIVE and endpoint.first_failure_at is None:
        return
    if endpoint.state == State.PROBING:
        endpoint.state = State.ACTIVE
    endpoint.first_failure_at = None
    _save(endpoint)


def refused(endpoint: FeedEndpoint) -> None:
    """Let the next message of a probed endpoint wait: the one that tried was refused."""
    if endpoint.state == State.PROBING:
        outbox.postpone(receiver_of(endpoint), clock.now() + NEXT_PROBE)


def restart(endpoint: FeedEndpoint) -> None:
    """Set the state of a locked endpoint in memory that is sent to again; what waits is tried."""
    waits = outbox.next_attempt(receiver_of(endpoint)) is not None
    endpoint.state = State.PROBING if waits else State.ACTIVE
    endpoint.first_failure_at = None


def _save(endpoint: FeedEndpoint) -> None:
    endpoint.save(update_fields=["state", "first_failure_at"])
