"""Where everything of the demo community stands: metres from its south-west corner."""

from decimal import Decimal

from django.utils.translation import gettext_noop as _

from estate.demo.drawing import Drawing, Ring
from gis.rectangles import Rectangle

DRAWING = Drawing(121.4737, 31.2304)
BUILDINGS = {
    "1": (_("Maple House"), Rectangle(8, 76, 44, 16)),
    "2": (_("Cedar House"), Rectangle(8, 52, 44, 16)),
    "3": (_("Willow House"), Rectangle(8, 28, 44, 16)),
    "4": (_("Ginkgo House"), Rectangle(128, 76, 44, 16)),
    "5": (_("Plum House"), Rectangle(128, 52, 44, 16)),
    "S": (_("Market Row"), Rectangle(128, 24, 44, 20)),
}
# Square metres of the shops of Market Row, from its west end.
SHOP_AREAS = tuple(map(Decimal, ("64", "48", "48", "120", "32", "85.5")))
LOT = Rectangle(61, 37, 58, 46)
_BAY_WIDTH, _BAY_DEPTH, _AISLE = 2.6, 5.2, 8.4
_COLUMNS, _ROWS = 20, "ABCD"


def bays() -> dict[str, Ring]:
    """Return each bay's outline by its code, A-01 to D-20: two double rows and their aisles."""
    found: dict[str, Ring] = {}
    for row, letter in enumerate(_ROWS):
        double_row, in_pair = divmod(row, 2)
        y = LOT.y + _AISLE + double_row * (2 * _BAY_DEPTH + _AISLE) + in_pair * _BAY_DEPTH
        first = Rectangle(LOT.x + 3, y, _BAY_WIDTH, _BAY_DEPTH)
        found |= DRAWING.row(letter, first, _COLUMNS)
    return found


GATES = {"north": (_("North gate"), (90.0, 95.0)), "south": (_("South gate"), (90.0, 25.0))}
# By the codes of the gate and the lane.
LANES = {
    ("north", "entry"): _("North in"),
    ("north", "exit"): _("North out"),
    ("south", "entry"): _("South in"),
    ("south", "exit"): _("South out"),
}
