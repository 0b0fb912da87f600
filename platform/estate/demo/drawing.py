"""Draw a demo site: metres from its south-west corner, then degrees."""

from dataclasses import dataclass
from functools import cached_property

from gis.frames import LocalFrame
from gis.rectangles import Rectangle

Ring = list[list[float]]


@dataclass(frozen=True)
class Drawing:
    """The position of a site's south-west corner, in degrees."""

    longitude: float
    latitude: float

    @cached_property
    def _frame(self) -> LocalFrame:
        return LocalFrame(self.longitude, self.latitude)

    def outline(self, rectangle: Rectangle) -> Ring:
        """Return a rectangle's corners as [longitude, latitude], counter-clockwise."""
        return [self.position(*corner) for corner in rectangle.ring()]

    def position(self, x: float, y: float) -> list[float]:
        """Return [longitude, latitude] of a place so many metres east and north of the corner."""
        return self._frame.to_degrees((x, y))

    def row(self, letter: str, first: Rectangle, count: int) -> dict[str, Ring]:
        """Return the outlines of a row of bays by their codes: ``A-01`` and so on."""
        return {
            f"{letter}-{number:02d}": self.outline(bay)
            for number, bay in enumerate(first.row(count), start=1)
        }
