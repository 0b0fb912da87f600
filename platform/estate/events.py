"""The events of the estate."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LaneChanged:
    """The equipment or the limits of a lane have changed."""

    site_id: int
    lane_id: int
