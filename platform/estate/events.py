"""The events of the estate."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LaneChanged:
    """A lane got other equipment or other limits."""

    site_id: int
    lane_id: int
