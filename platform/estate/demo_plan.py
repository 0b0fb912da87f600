"""Where everything of the demo site stands: metres from its south-west corner, then degrees."""

import math
from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

LONGITUDE, LATITUDE = 121.4737, 31.2304
_METRES_PER_DEGREE = 111_320.0

Ring = list[list[float]]


@dataclass(frozen=True)
class Box:
    """A rectangle in metres: its south-west corner, its width eastwards, its depth northwards."""

    x: float
    y: float
    width: float
    depth: float

    def ring(self) -> Ring:
        """Return its corners as [longitude, latitude], counter-clockwise."""
        east, north = self.x + self.width, self.y + self.depth
        corners = [(self.x, self.y), (east, self.y), (east, north), (self.x, north)]
        return [position(x, y) for x, y in corners]


def position(x: float, y: float) -> list[float]:
    """Return [longitude, latitude] of a place, x metres east and y metres north of the corner."""
    per_degree_east = _METRES_PER_DEGREE * math.cos(math.radians(LATITUDE))
    return [round(LONGITUDE + x / per_degree_east, 7), round(LATITUDE + y / _METRES_PER_DEGREE, 7)]


BUILDINGS = {
    "1": (_("Maple House"), Box(8, 76, 44, 16)),
    "2": (_("Cedar House"), Box(8, 52, 44, 16)),
    "3": (_("Willow House"), Box(8, 28, 44, 16)),
    "4": (_("Ginkgo House"), Box(128, 76, 44, 16)),
    "5": (_("Plum House"), Box(128, 52, 44, 16)),
    "S": (_("Market Row"), Box(128, 24, 44, 20)),
}
LOT = Box(61, 37, 58, 46)
_BAY_WIDTH, _BAY_DEPTH, _AISLE = 2.6, 5.2, 8.4
_COLUMNS, _ROWS = 20, "ABCD"


def bays() -> dict[str, Ring]:
    """Return each bay's outline by its code, A-01 to D-20: two double rows and their aisles."""
    found = {}
    for row, letter in enumerate(_ROWS):
        double_row, in_pair = divmod(row, 2)
        y = LOT.y + _AISLE + double_row * (2 * _BAY_DEPTH + _AISLE) + in_pair * _BAY_DEPTH
        for column in range(_COLUMNS):
            x = LOT.x + 3 + column * _BAY_WIDTH
            found[f"{letter}-{column + 1:02d}"] = Box(x, y, _BAY_WIDTH, _BAY_DEPTH).ring()
    return found


GATES = {"north": (_("North gate"), (90.0, 95.0)), "south": (_("South gate"), (90.0, 25.0))}
# By the codes of the gate and the lane.
LANES = {
    ("north", "entry"): _("North in"),
    ("north", "exit"): _("North out"),
    ("south", "entry"): _("South in"),
    ("south", "exit"): _("South out"),
}
