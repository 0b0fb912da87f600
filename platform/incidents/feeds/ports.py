"""How messages leave: a sender for each kind of endpoint, wired by config."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from incidents.models import Delivery, FeedEndpoint

# 408, 425 and 429 ask to try again; 5xx is the receiver's own trouble.
_TRY_AGAIN = frozenset({408, 425, 429})
_GONE = 410
EXCERPT = 1000


class Outcome(StrEnum):
    """What an attempt means for the queue of its endpoint."""

    DELIVERED = "delivered"
    # The endpoint's queue waits, and the message is tried again.
    HOLD = "hold"
    # The message is parked with its incident's later ones; the queue goes on.
    REJECTED = "rejected"
    # The endpoint is paused; its queue stays.
    GONE = "gone"


@dataclass(frozen=True)
class Answer:
    """What came of an attempt.

    Attributes:
        status: of HTTP; None where no answer came.
        error: a short text for people, without anything of the message.
        excerpt: the beginning of the answer's body.
        not_before: the earliest next attempt that the receiver asks for.
    """

    outcome: Outcome
    status: int | None = None
    error: str = ""
    excerpt: str = ""
    not_before: datetime | None = None


class Sender(Protocol):
    """Sends the body of a delivery to its endpoint, once."""

    def send(self, endpoint: FeedEndpoint, delivery: Delivery) -> Answer:
        """Make one attempt; an error of the network is an answer with `Outcome.HOLD`."""


_senders: dict[str, Sender] = {}


def register_sender(kind: str, sender: Sender) -> None:
    """Wire the sender of a kind of endpoint; without one, its messages are fetched."""
    _senders[kind] = sender


def sender_of(endpoint: FeedEndpoint) -> Sender | None:
    """Return what sends to an endpoint; None where its receiver fetches the messages."""
    return _senders.get(endpoint.kind) if endpoint.url else None


def outcome_of(status: int) -> Outcome:
    """Return what a status of HTTP means: only 2xx is success, and redirects are not followed."""
    if 200 <= status < 300:
        return Outcome.DELIVERED
    if status == _GONE:
        return Outcome.GONE
    if 400 <= status < 500 and status not in _TRY_AGAIN:
        return Outcome.REJECTED
    return Outcome.HOLD
