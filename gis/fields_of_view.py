"""Which camera sees a place: position, direction, angle and range."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gis.frames import LocalFrame

_FULL_CIRCLE = 360.0


@dataclass(frozen=True, slots=True)
class FieldOfView:
    """Where a camera stands and what it sees.

    Attributes:
        longitude, latitude: of the camera, in degrees of WGS-84.
        direction: of the middle of its view, in degrees clockwise from north.
        angle: the width of its view, in degrees; 360 sees all around.
        range_m: how far it sees, in metres.
    """

    longitude: float
    latitude: float
    direction: float
    angle: float
    range_m: float

    def distance_to(self, position: Sequence[float]) -> float | None:
        """Return the distance in metres to a position that is seen; None for one that is not.

        Args:
            position: longitude and latitude in degrees.
        """
        east, north = LocalFrame(self.longitude, self.latitude).to_metres(position)
        distance = math.hypot(east, north)
        if distance > self.range_m:
            return None
        bearing = math.degrees(math.atan2(east, north))
        off = abs((bearing - self.direction + _FULL_CIRCLE / 2) % _FULL_CIRCLE - _FULL_CIRCLE / 2)
        # A camera sees the point below it, which has no bearing.
        is_seen = distance == 0 or off <= self.angle / 2
        return distance if is_seen else None
