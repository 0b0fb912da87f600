"""The list of meters with their first readings."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.errors import Rejection
from core.imports import Effect, ImportKind, Staged, Values, Verdict, in_use, register
from core.models import Site, User
from core.tables import Choice, Code, DateColumn, DecimalColumn, Text, WholeNumber
from estate.models import Building, Unit
from estate.unit_lookup import building_column, find_units, key_of, require_unit, unit_column
from metering import bulk
from metering.models import Measure, Meter, MeterPoint, MeterReading, Utility
from metering.permissions import MeteringPermission
from metering.register import MAX_DECIMALS, MAX_WHOLE_DIGITS, Dial
from metering.services.installations import MEASURES

_USUAL = {
    Utility.ELECTRICITY: Measure.KWH,
    Utility.WATER: Measure.M3,
    Utility.HOT_WATER: Measure.M3,
    Utility.GAS: Measure.M3,
    Utility.HEAT: Measure.KWH,
    Utility.COOLING: Measure.KWH,
}
_FACE = ("whole_digits", "decimals", "multiplier")


class MetersList(ImportKind):
    """A meter a row, by its serial number."""

    code = "meters"
    title = gettext_lazy("Meters with first readings")
    about = gettext_lazy("One meter per row, with the reading of the day it begins to count.")
    permission = MeteringPermission.MANAGE_METERS
    order = 6
    key_column = "serial"
    other_key_column = "utility"
    columns = (
        Code(
            code="serial",
            title=gettext_lazy("Serial number"),
            help=gettext_lazy("As printed on the meter; format the column as text."),
            required=True,
            longest=60,
            aliases=("表号", "表编号", "序列号"),
            example="E2026-000417",
        ),
        building_column(),
        unit_column(),
        Text(
            code="point",
            title=gettext_lazy("Point"),
            help=gettext_lazy("Tells meters of one place and utility apart, such as kitchen."),
            longest=80,
            aliases=("计量点", "表具名称"),
            example="",
        ),
        Choice(
            code="utility",
            title=gettext_lazy("Utility"),
            required=True,
            choices=dict(Utility.choices),
            also={
                **dict.fromkeys(("电", "电表", "electric"), Utility.ELECTRICITY.value),
                **dict.fromkeys(("水", "水表", "冷水", "water"), Utility.WATER.value),
                **dict.fromkeys(("气", "燃气", "天然气", "燃气表"), Utility.GAS.value),
            },
            aliases=("能源类型", "表类型"),
            example="electricity",
        ),
        Choice(
            code="measure",
            title=gettext_lazy("Unit of measure"),
            help=gettext_lazy("kWh for electricity, m³ for water, unless it says otherwise."),
            choices=dict(Measure.choices),
            aliases=("计量单位", "measure"),
            example="kWh",
        ),
        WholeNumber(
            code="whole_digits",
            title=gettext_lazy("Whole digits"),
            help=gettext_lazy("Digits before the decimal point: where it rolls over."),
            minimum=1,
            maximum=MAX_WHOLE_DIGITS,
            required=True,
            aliases=("整数位数", "整数位"),
            example="6",
        ),
        WholeNumber(
            code="decimals",
            title=gettext_lazy("Decimals"),
            help=gettext_lazy("Digits behind the decimal point; 0 if empty."),
            maximum=MAX_DECIMALS,
            aliases=("小数位数", "小数位"),
            example="2",
        ),
        DecimalColumn(
            code="multiplier",
            title=gettext_lazy("Multiplier"),
            help=gettext_lazy("Of a current transformer; 1 if empty."),
            places=6,
            minimum=Decimal("0.000001"),
            maximum=Decimal("999999.999999"),
            aliases=("倍率", "变比"),
            example="1",
        ),
        DateColumn(
            code="installed_on",
            title=gettext_lazy("Read on"),
            help=gettext_lazy("The day of the first reading; not in the future."),
            required=True,
            aliases=("抄表日期", "安装日期", "installed"),
            example="2026-01-01",
        ),
        DecimalColumn(
            code="register",
            title=gettext_lazy("First reading"),
            required=True,
            places=4,
            maximum=Decimal("999999999.9999"),
            aliases=("初始读数", "底数", "起始读数", "reading"),
            example="1204.50",
        ),
    )

    def normalise(self, site: Site, values: dict[str, Any]) -> None:
        """Complete the unit of measure and the digits, and check the reading against them."""
        if values.get("unit") and not values.get("building"):
            raise Rejection(
                "building",
                "missing",
                _("building and unit belong together"),
                _("enter both, or leave both empty"),
            )
        utility = Utility(values["utility"])
        values["measure"] = values.get("measure") or _USUAL[utility].value
        values["decimals"] = values.get("decimals") or 0
        values["multiplier"] = values.get("multiplier") or Decimal("1.000000")
        _require_measure(utility, Measure(values["measure"]))
        _require_reading(site, values)

    def key(self, values: Values) -> str:
        """Return the serial number."""
        return str(values["serial"])

    def other_key(self, values: Values) -> str:
        """Return the point: one meter is installed at it."""
        names = ("building", "unit", "point", "utility")
        return "\n".join(str(values.get(name) or "") for name in names)

    def check(self, site: Site, rows: Sequence[Staged], earlier: Sequence[Staged]) -> list[Verdict]:
        """Compare meters with those installed at the site."""
        units = find_units(site, (key_of(row.values) for row in rows))
        codes = {row.values.get("building") for row in rows}
        buildings = {each.code: each for each in Building.objects.filter(site=site, code__in=codes)}
        serials = [row.values["serial"] for row in rows]
        installed = Meter.objects.filter(site=site, removed_at=None).select_related("point")
        known = {each.serial: each for each in installed.filter(serial__in=serials)}
        first = _first_readings(known.values())
        taken = _points(site, units.values(), buildings.values())
        return [_verdict(row, units, buildings, known, first, taken) for row in rows]

    def apply(
        self, site: Site, actor: User, rows: Sequence[tuple[Staged, Verdict]]
    ) -> list[Effect]:
        """Install the meters."""
        wanted = [_new_meter(site, row.values, verdict.target) for row, verdict in rows]
        meters = bulk.install_meters(site, actor, wanted)
        return [Effect("meter", each.pk) for each in meters]

    def undo(self, site: Site, actor: User, effects: Sequence[Effect]) -> None:
        """Remove meters that were only read at their installation."""
        keys = [each.subject_id for each in effects]
        meters = list(Meter.objects.filter(pk__in=keys))
        later = MeterReading.objects.filter(meter__in=keys).exclude(
            stage=MeterReading.Stage.INSTALLED, state=MeterReading.State.IN_FORCE
        )
        used = later.select_related("meter").first()
        if used is not None:
            raise in_use(used.meter.serial)
        connected = next((each for each in meters if each.device_id or each.removed_at), None)
        if connected is not None:
            raise in_use(connected.serial)
        bulk.remove_meters(site, actor, meters)


#: A unit or a building, the point's name and the utility.
_Point = tuple[int | None, int | None, str, str]


def _require_measure(utility: Utility, measure: Measure) -> None:
    if measure not in MEASURES[utility]:
        raise Rejection(
            "measure",
            "unit_mismatch",
            _("%(utility)s is not measured in %(measure)s")
            % {"utility": utility.label, "measure": measure.label},
            _("choose the unit shown on the meter"),
        )


def _require_reading(site: Site, values: Values) -> None:
    if not Dial(values["whole_digits"], values["decimals"]).can_show(values["register"]):
        raise Rejection(
            "register",
            "out_of_range",
            _("the register cannot show this number"),
            _("correct the reading, or the digits"),
        )
    if clock.midnight(values["installed_on"], site.timezone) > clock.now():
        raise Rejection(
            "installed_on",
            "in_the_future",
            _("that time is in the future"),
            _("choose the time of the reading"),
        )


def _first_readings(meters: Any) -> dict[int, Decimal | None]:
    rows = MeterReading.objects.filter(
        meter__in=list(meters), stage=MeterReading.Stage.INSTALLED, state="in_force"
    )
    return dict(rows.values_list("meter", "register"))


def _points(site: Site, units: Any, buildings: Any) -> set[_Point]:
    """Return the points of these places at which a meter is installed."""
    installed = Meter.objects.filter(site=site, removed_at=None).values("point")
    rows = MeterPoint.objects.filter(site=site, pk__in=installed)
    of_units = rows.filter(unit__in=list(units))
    others = rows.filter(unit=None).filter(building__in=list(buildings))
    whole = rows.filter(unit=None, building=None)
    return set((of_units | others | whole).values_list("unit", "building", "name", "utility"))


def _verdict(
    row: Staged,
    units: dict[tuple[str, str], Unit],
    buildings: dict[str, Building],
    known: dict[str, Meter],
    first: dict[int, Decimal | None],
    taken: set[_Point],
) -> Verdict:
    verdict, values = Verdict(), row.values
    try:
        unit, building = _place(values, units, buildings)
        verdict.target = (unit, building)
        meter = known.get(values["serial"])
        if meter is not None:
            _require_same(meter, values, unit, building, first.get(meter.pk))
            verdict.outcome = verdict.outcome.UNCHANGED
        elif _point(values, unit, building) in taken:
            raise Rejection(
                "utility",
                "point_taken",
                _("this place has such a meter already"),
                _("replace it on its page, or name the point"),
            )
    except Rejection as rejection:
        verdict.reject(rejection)
    return verdict


def _place(
    values: Values, units: dict[tuple[str, str], Unit], buildings: dict[str, Building]
) -> tuple[Unit | None, Building | None]:
    key = key_of(values)
    if key is not None:
        return require_unit(units, key), None
    code = values.get("building")
    if not code:
        return None, None
    building = buildings.get(code)
    if building is None or building.ended_at is not None:
        raise Rejection(
            "building",
            "unknown_building",
            _("there is no building %(code)s") % {"code": code},
            _("correct the code, or import the building's units first"),
        )
    return None, building


def _point(values: Values, unit: Unit | None, building: Building | None) -> _Point:
    return (
        unit.pk if unit else None,
        building.pk if building else None,
        values.get("point") or "",
        values["utility"],
    )


def _require_same(
    meter: Meter,
    values: Values,
    unit: Unit | None,
    building: Building | None,
    register: Decimal | None,
) -> None:
    """Check that a row about an installed meter agrees with it: a meter is changed on its page."""
    point = meter.point
    there = (point.unit_id, point.building_id, point.name, point.utility)
    if there != _point(values, unit, building):
        raise _differs("unit" if unit else "utility")
    for name in _FACE:
        if getattr(meter, name) != values[name]:
            raise _differs(name)
    if register is not None and register != values["register"]:
        raise _differs("register")


def _differs(field: str) -> Rejection:
    return Rejection(
        field,
        "differs",
        _("differs from the installed meter of this serial number"),
        _("change it on the meter's page, or correct the row"),
    )


def _new_meter(
    site: Site, values: Values, target: tuple[Unit | None, Building | None]
) -> bulk.FirstReading:
    unit, building = target
    point = MeterPoint(
        site=site,
        unit=unit,
        building=building,
        name=values.get("point") or "",
        utility=values["utility"],
        measure=values["measure"],
    )
    at = clock.midnight(values["installed_on"], site.timezone)
    meter = Meter(point=point, site=site, serial=values["serial"], installed_at=at)
    for name in _FACE:
        setattr(meter, name, values[name])
    return bulk.FirstReading(meter, values["register"])


register(MetersList())
