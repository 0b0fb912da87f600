"""Where everything of the demo logistics park stands: metres from its south-west corner."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext_noop as _

from estate.demo.drawing import Drawing, Ring
from gis.rectangles import Rectangle

DRAWING = Drawing(121.6128, 31.3391)
BUILDINGS = {
    "W1": (_("Warehouse 1"), Rectangle(20, 130, 110, 60)),
    "W2": (_("Warehouse 2"), Rectangle(150, 130, 110, 60)),
    "C": (_("Cold store"), Rectangle(280, 130, 70, 60)),
    "O": (_("Office building"), Rectangle(20, 20, 50, 18)),
}
#: Built-up and usable area, in square metres.
Areas = tuple[Decimal, Decimal]
# The codes of each building's halls, and the areas of one.
HALLS: dict[str, tuple[str, Areas]] = {
    "W1": ("ABCD", (Decimal(1650), Decimal("1580.50"))),
    "W2": ("ABC", (Decimal(2200), Decimal("2110.00"))),
    "C": ("AB", (Decimal(2100), Decimal("1890.75"))),
}
OFFICE_FLOORS, OFFICES_A_FLOOR = 3, 4
OFFICE: Areas = (Decimal("86.00"), Decimal("64.50"))


@dataclass(frozen=True)
class LotPlan:
    """A car park of the park, with its gate.

    Attributes:
        code: its own, and that of the gate that leads to it.
        name, gate: what they are called.
        outline: of the car park.
        gate_at: where the gate is.
        first_bays: the first bay of each row, by the letter of the row.
        bays_a_row: so many.
        lanes: the names of the entry and the exit.
        for_trucks: whether plates are yellow; cameras of its lanes drive their barriers.
    """

    code: str
    name: str
    gate: str
    outline: Rectangle
    gate_at: tuple[float, float]
    first_bays: dict[str, Rectangle]
    bays_a_row: int
    lanes: dict[str, str]
    for_trucks: bool

    @property
    def capacity(self) -> int:
        """As many cars as it has bays."""
        return len(self.first_bays) * self.bays_a_row

    def bays(self) -> dict[str, Ring]:
        """Return each bay's outline by its code."""
        found: dict[str, Ring] = {}
        for letter, first in self.first_bays.items():
            found |= DRAWING.row(letter, first, self.bays_a_row)
        return found


LOTS = (
    LotPlan(
        code="trucks",
        name=_("Truck yard"),
        gate=_("Truck gate"),
        outline=Rectangle(162, 36, 70, 80),
        gate_at=(246, 76),
        first_bays={"T": Rectangle(170, 92, 4.5, 18), "U": Rectangle(170, 42, 4.5, 18)},
        bays_a_row=12,
        lanes={"entry": _("Trucks in"), "exit": _("Trucks out")},
        for_trucks=True,
    ),
    LotPlan(
        code="staff",
        name=_("Staff car park"),
        gate=_("Staff gate"),
        outline=Rectangle(20, 54, 48, 44),
        gate_at=(8, 76),
        first_bays={"P": Rectangle(28, 88, 2.6, 5.2), "Q": Rectangle(28, 58, 2.6, 5.2)},
        bays_a_row=12,
        lanes={"entry": _("Staff in"), "exit": _("Staff out")},
        for_trucks=False,
    ),
)
