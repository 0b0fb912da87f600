"""The events of the estate."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LaneChanged:
    """The equipment or the limits of a lane have changed."""

    site_id: int
    lane_id: int


@dataclass(frozen=True)
class DoorChanged:
    """A door was changed, or another device serves it; in the transaction of the change.

    A room whose settings of the door its devices can't apply rejects the change.
    """

    site_id: int
    door_id: int


@dataclass(frozen=True)
class SiteCreated:
    """A site was created; in the transaction that creates it.

    Attributes:
        actor: who created it, by user name; empty where a program did.
    """

    site_id: int
    actor: str
