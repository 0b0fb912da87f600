"""Events of incidents; each is published in the transaction that it is about.

A handler that fails rolls that transaction back, so what must not hold an incident up is queued
as a job.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IncidentRaised:
    """An incident was raised, or its cause occurred again; published for each occurrence.

    Attributes:
        is_new: it is the first occurrence.
        severity_rose: a later occurrence is more severe than those before.
        came_back: its cause had gone.
        late: its cause was found in data that arrived late: no sound, no escalation.
        muted: it is recorded and people are not notified; `IncidentUnmuted` may follow.
        occurrences: how many are counted with it.
    """

    incident_id: int
    site_id: int
    is_new: bool
    severity_rose: bool
    late: bool
    muted: bool
    came_back: bool = False
    occurrences: int = 1


@dataclass(frozen=True, slots=True)
class IncidentUnmuted:
    """What muted an active incident has ended: people are notified of it now."""

    incident_id: int
    site_id: int


@dataclass(frozen=True, slots=True)
class IncidentAcknowledged:
    """A person has seen an incident and looks after it."""

    incident_id: int
    site_id: int
    actor_id: int


@dataclass(frozen=True, slots=True)
class AcknowledgementWithdrawn:
    """An incident waits for an acknowledgement again.

    Attributes:
        announced: people were notified of it.
    """

    incident_id: int
    site_id: int
    announced: bool


@dataclass(frozen=True, slots=True)
class IncidentCleared:
    """The cause of an incident is gone.

    Attributes:
        announced: people were notified that it was raised, so they hear of this, too.
    """

    incident_id: int
    site_id: int
    announced: bool


@dataclass(frozen=True, slots=True)
class IncidentReviewed:
    """A person has found an incident real, or a false alarm.

    Attributes:
        confirmed: what was found.
        again: it had been confirmed before; where it was dispatched, authorities need an update,
            or a cancellation.
        severity_changed: the reviewer gave it another severity.
        dispatched: it was dispatched before this review.
    """

    incident_id: int
    site_id: int
    actor_id: int
    confirmed: bool
    again: bool = False
    severity_changed: bool = False
    dispatched: bool = False


@dataclass(frozen=True, slots=True)
class IncidentClosed:
    """An incident has ended: closed, false alarm, cancelled, or closed by itself.

    Attributes:
        announced: people were notified that it was raised, so they hear of this, too.
    """

    incident_id: int
    site_id: int
    announced: bool


@dataclass(frozen=True, slots=True)
class IncidentMerged:
    """An incident was merged into another, under which its occurrences count from now on.

    Attributes:
        both_dispatched: authorities need an update of the survivor and a cancellation of the other.
        severity_rose: the merged one was more severe than the other.
    """

    survivor_id: int
    merged_id: int
    site_id: int
    actor_id: int
    both_dispatched: bool = False
    severity_rose: bool = False
