"""The part of a camera's picture in which its lane's cars stand.

Plates outside it belong to other lanes, parked cars and passers-by: they are not read at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devices.vision.box import Box

if TYPE_CHECKING:
    from shapely import Polygon

LEAST_CORNERS, MOST_CORNERS = 3, 12
#: A region is no narrower and no lower than this share of the picture.
LEAST_SIDE = 0.05
MOST_LEAST_HEIGHT = 0.5

Corner = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Region:
    """Where in a picture plates are read, and from which height on.

    Attributes:
        corners: of a polygon, each as shares of the picture's width and height from its top left
            corner, 0 to 1; empty for the whole picture.
        least_height: of a plate's text, as a share of the picture's height.
    """

    corners: tuple[Corner, ...] = ()
    least_height: float = 0.0

    def bounds(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Return left, top, right and bottom of the region in the pixels of a picture."""
        if not self.corners:
            return 0, 0, width, height
        left, top, right, bottom = _polygon(self.corners).bounds
        return (
            int(left * width),
            int(top * height),
            min(width, int(right * width) + 1),
            min(height, int(bottom * height) + 1),
        )

    @property
    def least_percent(self) -> str:
        """The least height in percent of the picture's height."""
        return f"{self.least_height * 100:.1f}".removesuffix(".0")

    def holds(self, box: Box, width: int, height: int) -> bool:
        """Return whether a plate of a picture is large enough, and its middle in the region."""
        if box.height < self.least_height * height:
            return False
        if not self.corners:
            return True
        from shapely import Point

        middle = Point((box.x + box.width / 2) / width, (box.y + box.height / 2) / height)
        return bool(_polygon(self.corners).covers(middle))


#: All of the picture, and plates of any height.
WHOLE = Region()


def region_problem(corners: Sequence[Sequence[float]], least_height: float) -> str:
    """Return what is wrong with a region as it was entered, as a code; empty for nothing.

    Codes: ``corners`` (too few or too many), ``outside`` (a corner outside the picture),
    ``crossing`` (sides cross), ``narrow`` (under 5 % wide or high), ``least_height``.
    """
    if not 0 <= least_height <= MOST_LEAST_HEIGHT:
        return "least_height"
    if not corners:
        return ""
    if not LEAST_CORNERS <= len(corners) <= MOST_CORNERS:
        return "corners"
    if not all(len(each) == 2 and all(0 <= share <= 1 for share in each) for each in corners):
        return "outside"
    polygon = _polygon(corners)
    if not polygon.is_valid:
        return "crossing"
    left, top, right, bottom = polygon.bounds
    is_narrow = min(right - left, bottom - top) < LEAST_SIDE or polygon.area < LEAST_SIDE**2
    return "narrow" if is_narrow else ""


def _polygon(corners: Sequence[Sequence[float]]) -> Polygon:
    from shapely import Polygon  # with NumPy, which most processes do without

    return Polygon(corners)
