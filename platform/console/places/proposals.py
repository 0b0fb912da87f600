"""What the dialogs of new places propose, so that a person only names them."""

from itertools import count
from string import ascii_uppercase
from typing import Any

from core.models import Site
from estate.models import Building, Door, DoorGroup, Gate, Lane, Lot, Zone

_ROW = 60


def next_code(
    model: type[Building | Lot | Gate | Door | Zone | DoorGroup], site: Site, prefix: str = ""
) -> dict[str, str]:
    """Return the first numbered code that no place of the site has, as the form's initial value."""
    taken = set(model.objects.filter(site=site).values_list("code", flat=True))
    codes = (f"{prefix}{number}" for number in count(1))
    return {"code": next(code for code in codes if code not in taken)}


def next_lane(gate: Gate) -> dict[str, Any]:
    """Return the direction that the gate lacks, and a name made of both."""
    directions = set(gate.lanes.in_use().values_list("direction", flat=True))
    missing = [each for each in Lane.Direction if each not in directions]
    direction = missing[0] if missing else Lane.Direction.ENTRY
    return {"direction": direction, "name": f"{gate.name} {direction.label}"[:80]}


def next_bays(lot: Lot) -> dict[str, Any]:
    """Return letters that no car park of the site uses, and as many bays as the lot still lacks."""
    codes = set(lot.site.lots.values_list("bays__code", flat=True))
    used = {code[0] for code in codes if code}
    letter = next((each for each in ascii_uppercase if each not in used), "A")
    missing = lot.capacity - lot.bays.in_use().count()
    return {"letters": f"{letter}-", "count": missing if missing > 0 else _ROW}
