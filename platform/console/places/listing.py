"""The lists of places: buildings and units, car parks and bays, lanes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from console.holder_cells import occupants
from console.places.forms import RestrictForm
from console.places.kinds import BY_NAME
from core.models import Site, User
from core.text_lists import joined
from core.undo import Changes
from devices.models import Device
from devices.permissions import DevicePermission
from estate import services
from estate.models import Bay, Building, Gate, Lane, Lot, Unit, UnitState
from estate.permissions import EstatePermission
from estate.selectors import with_state
from estate.topics import BAY
from people.directory import with_occupants
from people.models import Occupancy
from people.periods import on_day, today
from people.permissions import PeoplePermission
from ui.forms import ConfirmForm
from ui.lists import (
    BulkAction,
    Column,
    FirstStep,
    ListFilter,
    Listing,
    Preset,
    choice_filter,
    conditions,
    containing,
    search_filter,
)
from ui.lists.cells import Cell, RowPage, link, shows_moment, state

_IN_USE, _ENDED = "in_use", "ended"
_PARTS_IN_USE = {
    name: Count(name, filter=Q(**{f"{name}__ended_at": None}), distinct=True)
    for name in ("units", "bays", "lanes")
}


class PlaceFilter(ListFilter):
    """Filters of places of any kind."""

    q = search_filter(_("Code or name"))
    state = choice_filter(_("State"), [(_IN_USE, _("in use")), (_ENDED, _("ended"))])


class UnitFilter(PlaceFilter):
    """Filters of units."""

    building = choice_filter(_("Building"))
    use = choice_filter(_("Use"), Unit.Use.choices)
    unit_state = choice_filter(_("Unit state"), UnitState.State.choices)
    occupied = choice_filter(
        _("Residents and tenants"), [("with", _("registered")), ("without", _("none registered"))]
    )

    def set_choices(self, site: Site) -> None:
        """Offer the site's buildings."""
        self.offer("building", choices_of(Building.objects.filter(site=site)))


class BayFilter(PlaceFilter):
    """Filters of bays."""

    lot = choice_filter(_("Car park"))
    status = choice_filter(_("Status"), Bay.Status.choices)

    def set_choices(self, site: Site) -> None:
        """Offer the site's car parks."""
        self.offer("lot", choices_of(Lot.objects.filter(site=site)))


class LaneFilter(PlaceFilter):
    """Filters of lanes."""

    gate = choice_filter(_("Gate"))
    lot = choice_filter(_("Car park"))
    direction = choice_filter(_("Direction"), Lane.Direction.choices)

    def set_choices(self, site: Site) -> None:
        """Offer the site's gates and car parks."""
        self.offer("gate", choices_of(Gate.objects.filter(site=site)))
        self.offer("lot", choices_of(Lot.objects.filter(site=site)))


def _units(site: Site) -> QuerySet[Unit]:
    """Return the units of a site with today's state and who is registered there."""
    rows = BY_NAME["unit"].rows(site).defer("building__outline")
    return with_occupants(with_state(rows, today(site)), site)


def _occupied(site: Site, rows: QuerySet[Unit], value: str) -> QuerySet[Unit]:
    there = Exists(Occupancy.objects.filter(on_day(today(site)), unit=OuterRef("pk")))
    return rows.filter(there if value == "with" else ~there)


def _state_of(unit: Any) -> object:
    return UnitState.State(unit.state_then).label if unit.state_then else ""


def _occupants(unit: Any) -> str:
    return joined(each.holder.name for each in unit.running)


def choices_of(places: QuerySet[Any]) -> Iterable[tuple[str, str]]:
    return [(str(place.pk), place.name) for place in places.order_by("name")]


def _with_parts(kind: str, *parts: str) -> Any:
    """Return what reads the places of a kind with ``units_now`` and so on: their parts in use."""
    counts = {f"{name}_now": _PARTS_IN_USE[name] for name in parts}
    return lambda site: BY_NAME[kind].rows(site).annotate(**counts)


def linked(url_name: str) -> Cell:
    """Return a cell with a place's name that leads to its page."""
    return lambda place, page: link(page.address(url_name, place.pk), place.name)


def _lot(place: Any, page: RowPage) -> SafeString:
    return link(page.address("console:place_lot", place.lot_id), place.lot.name)


def _device(device: Device | None, page: RowPage) -> object:
    """Return a place's device, linked where the person may see it."""
    if device is None:
        return "–"
    if DevicePermission.VIEW_DEVICES not in page.permissions:
        return device
    return link(page.address("console:device", device.pk), device)


def _bay_status(bay: Bay, _page: RowPage) -> SafeString:
    """Return the status of a bay, as its mark and in words."""
    if bay.ended_at:
        return format_html('<span class="bay-status">{}</span>', _("ended"))
    hand = ""
    if bay.restriction and bay.restriction != bay.status:
        text = bay.get_restriction_display()
        hand = format_html(' <span class="muted small">{}</span>', text)
    return format_html(
        '<span class="bay-status"><span class="mark mark-{}"></span> {}{}</span>',
        bay.status,
        bay.get_status_display(),
        hand,
    )


def _lane_name(lane: Lane, page: RowPage) -> SafeString:
    name = link(page.address("console:place_lane", lane.pk), lane.name)
    return format_html("{} {}", name, state(_("ended"))) if lane.ended_at else name


def _barrier(lane: Lane, page: RowPage) -> object:
    if lane.barrier_id and lane.barrier_id == lane.camera_id:
        return _("by the camera")
    return _device(lane.barrier, page)


LOOKUPS = {
    "q": containing("code", "name"),
    "state": conditions({_IN_USE: Q(ended_at=None), _ENDED: Q(ended_at__isnull=False)}),
}
_IN_CODE = {"q": containing("code"), "state": LOOKUPS["state"]}
FIRST_QUERY = {"state": _IN_USE}
PRESETS = (
    Preset(_("In use"), FIRST_QUERY),
    Preset(pgettext_lazy("place", "Ended"), {"state": _ENDED}),
    Preset(_("All"), {}),
)
NAME_COLUMN = Column("name", _("Name"), lambda place: place.name, fixed=True)
CODE_COLUMN = Column("code", _("Code"), lambda place: place.code, sort="code", numbered=True)
MANAGE = EstatePermission.MANAGE_PLACES

BUILDINGS = Listing(
    name="buildings",
    title=_("Buildings"),
    rows=_with_parts("building", "units"),
    columns=(
        NAME_COLUMN,
        CODE_COLUMN,
        Column("units", _("Units"), lambda building: building.units_now, numeric=True),
    ),
    cells={"name": linked("console:place_building")},
    sort="code",
    filters=PlaceFilter,
    lookups=LOOKUPS,
    first_query=FIRST_QUERY,
    presets=PRESETS,
    empty=_(
        "The site's buildings and their units belong here. Number them all at once, or add one."
    ),
    first_step=FirstStep(_("Add building"), "console:add_building", MANAGE),
)

UNITS = Listing(
    name="units",
    title=_("Units"),
    rows=_units,
    columns=(
        Column("code", _("Unit"), lambda u: u.code, sort="code", numbered=True, fixed=True),
        Column("building", _("Building"), lambda unit: unit.building.name),
        Column("use", _("Use"), lambda unit: unit.get_use_display()),
        Column("unit_state", _("Unit state"), _state_of),
        Column("area", _("Built-up area (m²)"), lambda unit: unit.built_up_area, numeric=True),
        Column(
            "occupants",
            _("Residents and tenants"),
            _occupants,
            prose=True,
            permission=PeoplePermission.VIEW_PEOPLE,
        ),
        Column("ended", pgettext_lazy("place", "Ended"), lambda unit: unit.ended_at),
    ),
    cells={
        "code": lambda unit, page: link(page.address("console:place_unit", unit.pk), unit.code),
        "building": lambda unit, page: link(
            page.address("console:place_building", unit.building_id), unit.building.name
        ),
        "occupants": occupants,
        "ended": shows_moment(lambda unit: unit.ended_at),
    },
    sort="code",
    filters=UnitFilter,
    lookups={
        **_IN_CODE,
        "building": "building",
        "use": "use",
        "unit_state": "state_then",
        "occupied": _occupied,
    },
    first_query=FIRST_QUERY,
    presets=PRESETS,
    empty=_("Flats, shops and offices belong here. Number the units of all buildings at once."),
    first_step=FirstStep(_("Number buildings and units"), "console:generate_units", MANAGE),
)

LOTS = Listing(
    name="lots",
    title=_("Car parks"),
    rows=lambda site: _with_parts("lot", "bays", "lanes")(site).defer("outline"),
    columns=(
        NAME_COLUMN,
        CODE_COLUMN,
        Column(
            "capacity",
            pgettext_lazy("car park", "Capacity"),
            lambda lot: lot.capacity,
            numeric=True,
        ),
        Column("bays", _("Bays"), lambda lot: lot.bays_now, numeric=True),
        Column("lanes", _("Lanes"), lambda lot: lot.lanes_now, numeric=True),
    ),
    cells={"name": linked("console:place_lot")},
    sort="code",
    filters=PlaceFilter,
    lookups=LOOKUPS,
    first_query=FIRST_QUERY,
    presets=PRESETS,
    empty=_(
        "Car parks with their bays belong here. Lanes lead into them and out. Add the first one."
    ),
    first_step=FirstStep(_("Add car park"), "console:add_lot", MANAGE),
)


def _restrict(_site: Site, actor: User, rows: Sequence[Bay], data: Mapping[str, Any]) -> Changes:
    return services.restrict_bays(
        rows, actor, restriction=data["restriction"], reason=data["reason"]
    )


def _free(_site: Site, actor: User, rows: Sequence[Bay], _data: Mapping[str, Any]) -> Changes:
    return services.free_bays(rows, actor)


RESTRICT = BulkAction(
    name="restrict",
    label=_("Reserve or close"),
    permission=MANAGE,
    question=lambda n: (
        ngettext("Reserve or close %(n)s bay", "Reserve or close %(n)s bays", n) % {"n": n}
    ),
    consequence=_("They are shown so, with the reason, until they are made available."),
    perform=_restrict,
    form=RestrictForm,
    done=lambda n: (
        ngettext("%(n)s bay reserved or closed.", "%(n)s bays reserved or closed.", n) % {"n": n}
    ),
    events=("live:bay",),
    undo=services.restore_restrictions,
)
FREE = BulkAction(
    name="free",
    label=_("Make available"),
    permission=MANAGE,
    question=lambda n: (
        ngettext("Make %(n)s bay available", "Make %(n)s bays available", n) % {"n": n}
    ),
    consequence=_("They are shown as their sensors last reported them."),
    perform=_free,
    form=ConfirmForm,
    done=lambda n: ngettext("%(n)s bay available.", "%(n)s bays available.", n) % {"n": n},
    events=("live:bay",),
    undo=services.restore_restrictions,
)

BAYS = Listing(
    name="bays",
    title=_("Bays"),
    rows=lambda site: BY_NAME["bay"].rows(site).defer("outline", "lot__outline"),
    columns=(
        Column("code", _("Bay"), lambda b: b.code, sort="code", numbered=True, fixed=True),
        Column("lot", _("Car park"), lambda bay: bay.lot.name),
        Column("status", _("Status"), lambda bay: bay.get_status_display()),
        Column("sensor", _("Sensor"), lambda bay: str(bay.sensor or "")),
        Column("reason", _("Reason"), lambda bay: bay.restriction_reason, prose=True),
    ),
    cells={
        "code": lambda bay, page: link(page.address("console:place_bay", bay.pk), bay.code),
        "lot": _lot,
        "status": _bay_status,
        "sensor": lambda bay, page: _device(bay.sensor, page),
    },
    sort="code",
    filters=BayFilter,
    lookups={**_IN_CODE, "lot": "lot", "status": "status"},
    first_query=FIRST_QUERY,
    presets=PRESETS,
    actions=(RESTRICT, FREE),
    actions_url="console:bulk_bays",
    topics=(BAY.name,),
    empty=_("Numbered parking bays belong here. Number a row of them on the page of a car park."),
)

LANES = Listing(
    name="lanes",
    title=_("Lanes"),
    rows=lambda site: BY_NAME["lane"].rows(site).defer("lot__outline"),
    columns=(
        NAME_COLUMN,
        CODE_COLUMN,
        Column("gate", _("Gate"), lambda lane: lane.gate.name),
        Column("direction", _("Direction"), lambda lane: lane.get_direction_display()),
        Column("lot", _("Car park"), lambda lane: lane.lot.name),
        Column("camera", _("Camera"), lambda lane: str(lane.camera or "")),
        Column("barrier", _("Barrier"), lambda lane: str(lane.barrier or "")),
    ),
    cells={
        "name": _lane_name,
        "gate": lambda lane, page: link(
            page.address("console:place_gate", lane.gate_id), lane.gate.name
        ),
        "lot": _lot,
        "camera": lambda lane, page: _device(lane.camera, page),
        "barrier": _barrier,
    },
    sort="code",
    filters=LaneFilter,
    lookups={**LOOKUPS, "gate": "gate", "lot": "lot", "direction": "direction"},
    first_query=FIRST_QUERY,
    presets=PRESETS,
    empty=_("The ways through the gates belong here. Add the first lane on the page of a gate."),
)
