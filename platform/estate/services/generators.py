"""Create many units or bays at once, numbered by a pattern."""

import re
from dataclasses import dataclass
from itertools import product

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import override

from core import audit
from core.errors import Rejection
from core.models import Site
from estate.models import Bay, Building, Lot, Unit
from estate.services.common import Actor, require_in_use, validate
from estate.services.units import Area, require_areas

LONGEST_CODE = 20
MAX_BUILDINGS, MAX_FLOORS, MAX_UNITS_PER_FLOOR, MAX_BAYS = 200, 150, 100, 5000
MAX_UNITS = 20_000
_SHOWN = 5
_PLACEHOLDER = re.compile(r"\{(floor|unit)(?::([1-4]))?\}")


@dataclass(frozen=True)
class UnitRange:
    """Buildings of equal size, numbered from `first_building`, with units on each floor.

    Attributes:
        pattern: a unit's code; ``{floor}`` and ``{unit}`` stand for the numbers, ``{unit:2}`` for
            one of at least two digits.
        use: what the units are built for.
        built_up_area, usable_area: of each new unit, in square metres.
    """

    buildings: int
    floors: int
    units: int
    first_building: int = 1
    pattern: str = "{floor}{unit:2}"
    use: str = Unit.Use.FLAT
    built_up_area: Area = None
    usable_area: Area = None

    def building_codes(self) -> list[str]:
        """Return the codes of the buildings, in order."""
        numbers = range(self.first_building, self.first_building + self.buildings)
        return [str(number) for number in numbers]

    def unit_codes(self) -> list[str]:
        """Return the codes of one building's units, by floor and number."""
        return [code for code, _floor in self.unit_floors()]

    def unit_floors(self) -> list[tuple[str, int]]:
        """Return the codes of one building's units with their floors."""
        floors, units = range(1, self.floors + 1), range(1, self.units + 1)
        return [(_fill(self.pattern, floor, unit), floor) for floor, unit in product(floors, units)]


@dataclass(frozen=True)
class BayRange:
    """Bays numbered in a row, such as A-001 to A-120.

    Attributes:
        letters: what stands before the number.
    """

    letters: str
    first: int
    count: int
    digits: int = 3

    def codes(self) -> list[str]:
        """Return the codes of the bays, in order."""
        numbers = range(self.first, self.first + self.count)
        return [f"{self.letters}{number:0{self.digits}d}" for number in numbers]


@dataclass(frozen=True)
class Plan:
    """What a generator would create.

    Attributes:
        new: the number of rows that it would add.
        buildings: how many of the buildings would be new.
        first, last: the first and the last code of the whole range.
        existing: how many exist already, and stay as they are.
        examples: the first of these.
    """

    new: int
    first: str
    last: str
    existing: int = 0
    examples: tuple[str, ...] = ()
    buildings: int = 0


def plan_units(site: Site, wanted: UnitRange) -> Plan:
    """Return what `generate_units` would create.

    Raises:
        Rejection: a number is out of range, the pattern gives two units one code or one that is
            too long, or a building of the range has ended.
    """
    codes = _checked_codes(wanted)
    buildings = wanted.building_codes()
    known = Building.objects.filter(site=site, code__in=buildings)
    _require_none_ended(known)
    existing = _existing_units(site, buildings, codes)
    first = sorted(existing, key=_by_number)[:_SHOWN]
    return Plan(
        new=len(buildings) * len(codes) - len(existing),
        first=f"{buildings[0]}-{codes[0]}",
        last=f"{buildings[-1]}-{codes[-1]}",
        existing=len(existing),
        examples=tuple(f"{building}-{code}" for building, code in first),
        buildings=len(buildings) - known.count(),
    )


@transaction.atomic
def generate_units(site: Site, actor: Actor, wanted: UnitRange) -> Plan:
    """Create buildings and their units; those that exist stay as they are.

    Returns:
        What was created.

    Raises:
        Rejection: see `plan_units`.
    """
    # Two of them at once wait for each other; without the key, audit entries may be added.
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)
    plan = plan_units(site, wanted)
    _create_buildings(site, wanted)
    codes, buildings = wanted.unit_codes(), wanted.building_codes()
    existing = _existing_units(site, buildings, codes)
    by_code = {each.code: each for each in Building.objects.filter(site=site)}
    Unit.objects.bulk_create(
        Unit(
            building=by_code[building],
            code=code,
            floor=floor,
            use=wanted.use,
            built_up_area=wanted.built_up_area,
            usable_area=wanted.usable_area,
        )
        for building, (code, floor) in product(buildings, wanted.unit_floors())
        if (building, code) not in existing
    )
    _record(site, actor, "generate units", ("site", site.pk), plan)
    return plan


def plan_bays(lot: Lot, wanted: BayRange) -> Plan:
    """Return what `generate_bays` would create.

    Raises:
        Rejection: a number is out of range, a code is too long, or the lot has ended.
    """
    require_in_use(lot)
    _check("count", wanted.count, 1, MAX_BAYS)
    _check("first", wanted.first, 0, 999_999)
    _check("digits", wanted.digits, 1, 6)
    codes = wanted.codes()
    _check_length("letters", codes[-1])
    existing = sorted(_existing_bays(lot, codes))
    return Plan(
        new=len(codes) - len(existing),
        first=codes[0],
        last=codes[-1],
        existing=len(existing),
        examples=tuple(existing[:_SHOWN]),
    )


@transaction.atomic
def generate_bays(lot: Lot, actor: Actor, wanted: BayRange) -> Plan:
    """Create the bays of a row; those that exist stay as they are.

    Raises:
        Rejection: see `plan_bays`.
    """
    lot = Lot.objects.select_for_update(of=("self",)).select_related("site").get(pk=lot.pk)
    plan = plan_bays(lot, wanted)
    existing = _existing_bays(lot, wanted.codes())
    Bay.objects.bulk_create(
        Bay(lot=lot, code=code) for code in wanted.codes() if code not in existing
    )
    _record(lot.site, actor, "generate bays", ("lot", lot.pk), plan)
    return plan


def _create_buildings(site: Site, wanted: UnitRange) -> None:
    known = set(Building.objects.filter(site=site).values_list("code", flat=True))
    with override(site.language or settings.LANGUAGE_CODE):
        Building.objects.bulk_create(
            Building(site=site, code=code, name=_("Building %(code)s") % {"code": code})
            for code in wanted.building_codes()
            if code not in known
        )


def _record(site: Site, actor: Actor, action: str, subject: audit.Subject, plan: Plan) -> None:
    counts = {"created": plan.new, "existing": plan.existing}
    if plan.buildings:
        counts["buildings"] = plan.buildings
    if plan.new or plan.buildings:
        audit.record(site, actor, action, subject, first=plan.first, last=plan.last, **counts)


def _checked_codes(wanted: UnitRange) -> list[str]:
    _check("buildings", wanted.buildings, 1, MAX_BUILDINGS)
    _check("first_building", wanted.first_building, 0, 9999)
    _check("floors", wanted.floors, 1, MAX_FLOORS)
    _check("units", wanted.units, 1, MAX_UNITS_PER_FLOOR)
    total = wanted.buildings * wanted.floors * wanted.units
    if total > MAX_UNITS:
        problem = _("%(total)s units are too many at once") % {"total": total}
        hint = _("create at most %(most)s at once") % {"most": MAX_UNITS}
        raise Rejection("buildings", "too_many", problem, hint)
    example = Unit(
        use=wanted.use, built_up_area=wanted.built_up_area, usable_area=wanted.usable_area
    )
    validate(example, ["use", "built_up_area", "usable_area"])
    require_areas(wanted.built_up_area, wanted.usable_area)
    codes = wanted.unit_codes()
    _check_length("pattern", max(codes, key=len))
    if not codes[0].strip() or "{" in codes[0] or "}" in codes[0]:
        raise _bad_pattern(_("this pattern has an unknown placeholder"))
    if len(set(codes)) < len(codes):
        twice = next(code for at, code in enumerate(codes) if code in codes[:at])
        raise _bad_pattern(_("two units would have the code %(code)s") % {"code": twice})
    return codes


def _bad_pattern(problem: str) -> Rejection:
    hint = _("use {floor} and {unit}, such as {floor}{unit:2}")
    return Rejection("pattern", "invalid_pattern", problem, hint)


def _require_none_ended(buildings: QuerySet[Building]) -> None:
    ended = buildings.exclude(ended_at=None).first()
    if ended is not None:
        require_in_use(ended, "first_building")


def _existing_units(site: Site, buildings: list[str], codes: list[str]) -> set[tuple[str, str]]:
    units = Unit.objects.filter(building__site=site, building__code__in=buildings, code__in=codes)
    return set(units.values_list("building__code", "code"))


def _by_number(unit: tuple[str, str]) -> tuple[int, str, int, str]:
    """Sort 2 before 10, and 904 before 1001."""
    building, code = unit
    return len(building), building, len(code), code


def _existing_bays(lot: Lot, codes: list[str]) -> set[str]:
    return set(Bay.objects.filter(lot=lot, code__in=codes).values_list("code", flat=True))


def _fill(pattern: str, floor: int, unit: int) -> str:
    numbers = {"floor": floor, "unit": unit}
    return _PLACEHOLDER.sub(lambda found: f"{numbers[found[1]]:0{found[2] or 1}d}", pattern.strip())


def _check(field: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        problem = _("%(value)s is out of range") % {"value": value}
        hint = _("enter %(least)s to %(most)s") % {"least": least, "most": most}
        raise Rejection(field, "out_of_range", problem, hint)


def _check_length(field: str, code: str) -> None:
    if len(code) > LONGEST_CODE:
        problem = _("%(code)s is too long for a code") % {"code": code}
        hint = _("use at most %(n)s characters") % {"n": LONGEST_CODE}
        raise Rejection(field, "too_long", problem, hint)
