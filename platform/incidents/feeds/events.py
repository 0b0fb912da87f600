"""Facts about deliveries that a person has to know; published in their transaction."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DeliveryRejected:
    """The receiver refused a message; those of its incident that follow are parked with it."""

    delivery_id: int


@dataclass(frozen=True, slots=True)
class DeliveryLate:
    """An extreme incident is not delivered after two minutes: the authority is to be phoned."""

    delivery_id: int


@dataclass(frozen=True, slots=True)
class EndpointPaused:
    """An endpoint was paused by itself; its queue stays.

    Attributes:
        reason: ``gone``, ``no_answer`` or ``expired``.
    """

    endpoint_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class IncidentDispatched:
    """A person sent an incident to authorities."""

    incident_id: int
    message_id: int
    type: str


@dataclass(frozen=True, slots=True)
class LiaisonAcknowledged:
    """The liaison acknowledged a message about an incident."""

    incident_id: int
    delivery_id: int
