"""Convert between degrees of WGS-84 and metres around a position."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

Point = tuple[float, float]

# The ellipsoid of WGS-84: its semi-major axis in metres, and its eccentricity squared.
_AXIS, _ECCENTRICITY = 6_378_137.0, 0.00669437999014
# 0.1 mm, so that a shape read back has the size that was entered.
_DECIMALS = 9


@dataclass(frozen=True)
class LocalFrame:
    """Metres east and north of an origin, by the lengths of a degree there.

    Within 10 km of the origin, lengths are right to 0.3 % below 60° of latitude.

    Attributes:
        longitude, latitude: of the origin, in degrees.
    """

    longitude: float
    latitude: float

    @cached_property
    def metres_per_degree(self) -> Point:
        """Return the length of a degree eastwards and of one northwards at the origin."""
        at = math.radians(self.latitude)
        flattening = 1 - _ECCENTRICITY * math.sin(at) ** 2
        east = _AXIS * math.cos(at) / math.sqrt(flattening)
        north = _AXIS * (1 - _ECCENTRICITY) / flattening**1.5
        return math.radians(east), math.radians(north)

    def to_metres(self, position: Sequence[float]) -> Point:
        """Return a position [longitude, latitude] as metres east and north of the origin."""
        east, north = self.metres_per_degree
        return (position[0] - self.longitude) * east, (position[1] - self.latitude) * north

    def to_degrees(self, point: Sequence[float]) -> list[float]:
        """Return a point in metres as [longitude, latitude]."""
        east, north = self.metres_per_degree
        longitude, latitude = self.longitude + point[0] / east, self.latitude + point[1] / north
        return [round(longitude, _DECIMALS), round(latitude, _DECIMALS)]
