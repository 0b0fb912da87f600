"""Register many devices from a list and assign them to their places.

`try_list` checks every line without writing. `provision` then registers the whole list or none of
it. Provisioning is idempotent: a line that matches a registered device changes no data.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import live
from core.errors import Rejection
from core.events import publish
from core.models import Site, User
from core.tables import require_intact
from core.text_input import parse_json
from core.text_lists import joined
from devices import accounts, commands, drivers, selectors, services
from devices.models import Device
from devices.topics import DEVICE
from estate import device_list
from estate.device_list import Row
from estate.events import LaneChanged
from estate.models import Bay, Lane
from estate.services import check_opens
from estate.services.bays import status_of

YES, NO = frozenset({"1", "yes", "true", "是"}), frozenset({"", "0", "no", "false", "否"})
SHOWN_PLACES = 20  # in a hint; a lot may have thousands of bays
# A line about a registered device must repeat these fields of it.
_SAME = ("kind", "driver", "serial", "name", "interval_s", "topic", "options")

Place = Lane | Bay
OnePlace = TypeVar("OnePlace", Lane, Bay)


class Outcome(StrEnum):
    """The result of checking a line."""

    NEW = "new"
    KNOWN = "known"
    REFUSED = "refused"


@dataclass(frozen=True)
class Line:
    """One checked line of the list.

    Attributes:
        number: line number in the file, as in a spreadsheet.
        code: the device's code; empty if missing.
        outcome: the result of the check.
        device: the new device, not saved.
        place: where the device is to be assigned.
        drives_barrier: whether the device's output opens the lane's barrier.
        rejection: why the line is rejected.
    """

    number: int
    code: str
    outcome: Outcome
    device: Device | None = None
    place: Place | None = None
    drives_barrier: bool = False
    rejection: Rejection | None = None


@dataclass(frozen=True)
class Provisioned:
    """A newly registered device with its secrets, which are shown once."""

    device: Device
    username: str
    password: str
    command_key: str


def try_list(site: Site, text: str) -> list[Line]:
    """Check each line of a list; the database stays as it is.

    Raises:
        Rejection: the text is not a list of devices.
    """
    return check_rows(site, device_list.read(text))


def check_rows(site: Site, rows: Sequence[Row]) -> list[Line]:
    """Check these lines of a list, each also against those before it."""
    return _Checker(site, rows).lines()


def check_all(site: Site, rows: Sequence[Row]) -> list[Line]:
    """Check the lines of a list as `check_rows` does.

    Raises:
        Rejection: of the first line that is rejected.
    """
    lines = check_rows(site, rows)
    for line in lines:
        if line.rejection is not None:
            raise _in_line(line.number, line.rejection)
    return lines


@transaction.atomic
def provision(site: Site, text: str, actor: User | str) -> list[Provisioned]:
    """Register the list's new devices and assign them to their places: all, or none.

    Returns:
        Each new device with its secrets, in the list's order.

    Raises:
        Rejection: the text is not a list of devices, or one of its lines is rejected.
    """
    accounts.lock_names()
    return register(site, check_all(site, device_list.read(text)), actor)


def register(site: Site, lines: Sequence[Line], actor: User | str) -> list[Provisioned]:
    """Register the new devices of checked lines, under `accounts.lock_names`.

    Raises:
        Rejection: a name or a place was taken since the check.
    """
    new = [line for line in lines if line.device is not None]
    devices = [line.device for line in new if line.device is not None]
    if not devices:
        return []
    passwords = services.register_devices(site, devices, actor)
    _assign_places([line for line in new if line.place is not None])
    live.announce(DEVICE, site.pk)
    return list(map(with_secrets, devices, passwords))


def with_secrets(device: Device, password: str) -> Provisioned:
    """Return a registered device with all its secrets."""
    return Provisioned(
        device=device,
        username=accounts.username(device) or "",
        password=password,
        command_key=commands.key_of(device).hex() if selectors.checks_signature(device) else "",
    )


def _in_line(number: int, rejection: Rejection) -> Rejection:
    where = _("line %(number)s, %(field)s") % {"number": number, "field": rejection.field}
    return Rejection("file", rejection.code, f"{where}: {rejection.message}", rejection.hint)


class _Checker:
    """Checks lines against the site's data and against the lines before them."""

    def __init__(self, site: Site, rows: Sequence[Row]) -> None:
        self._site = site
        self._rows = rows
        codes = {row.cells.get("code", "") for row in rows}
        self._known = {each.code: each for each in Device.objects.filter(site=site, code__in=codes)}
        lanes = Lane.objects.in_use().filter(gate__site=site)
        lanes = lanes.select_related("gate", "camera", "barrier")
        self._lanes = {f"{lane.gate.code}/{lane.code}": lane for lane in lanes}
        bays = Bay.objects.in_use().filter(lot__site=site)
        bays = bays.select_related("lot", "sensor").defer("lot__outline")
        self._bays = {f"{bay.lot.code}/{bay.code}": bay for bay in bays}
        self._reserved: dict[tuple[str, str], int] = {}

    def lines(self) -> list[Line]:
        return [self._line(row) for row in self._rows]

    def _line(self, row: Row) -> Line:
        code = row.cells.get("code", "")
        try:
            if row.too_many:
                raise Rejection(
                    "line", "too_many_cells", _("has too many cells"), _("put quotes around commas")
                )
            for field, cell in row.cells.items():
                require_intact(field, cell)
            device = self._device(row.cells)
            self._reserve(row, "code", code)
            known = self._known.get(code)
            if known is not None:
                _check_same(known, device)
                return Line(row.number, code, Outcome.KNOWN)
            for field in ("serial", "topic"):
                self._reserve(row, field, row.cells.get(field, ""))
            services.check_device(device)
            place = self._place(row, device)
            drives = _boolean(row.cells.get("drives_barrier", ""))
            _check_barrier(device, place, drives=drives)
            if drives:
                self._reserve(row, "place", f"{Device.Kind.BARRIER} {row.cells['place']}")
        except Rejection as rejection:
            return Line(row.number, code, Outcome.REFUSED, rejection=rejection)
        return Line(row.number, code, Outcome.NEW, device, place, drives)

    def _device(self, cells: dict[str, str]) -> Device:
        for field in device_list.NEEDED:
            if field not in cells:
                raise Rejection(field, "missing", _("is required"), _("enter a value"))
        return Device(
            site=self._site,
            code=cells["code"],
            kind=_kind(cells["kind"]),
            driver=cells["driver"],
            serial=cells.get("serial"),
            name=cells.get("name", ""),
            interval_s=_seconds(cells.get("interval_s", ""), cells["driver"]),
            topic=cells.get("topic"),
            options=_options(cells.get("options", "")),
        )

    def _reserve(self, row: Row, field: str, value: str) -> None:
        """Reserve the value for this line; a second line with it is rejected."""
        if not value:
            return
        # Codes and serial numbers share the broker's names.
        space = "name" if field in ("code", "serial") else field
        before = self._reserved.setdefault((space, value), row.number)
        if before != row.number:
            problem = _("%(value)s is already in line %(number)s")
            message = problem % {"value": value, "number": before}
            raise Rejection(field, "duplicate", message, _("choose another"))

    def _place(self, row: Row, device: Device) -> Place | None:
        code = row.cells.get("place", "")
        if not code:
            return None
        place = self._find(code, device)
        self._reserve(row, "place", f"{device.kind} {code}")
        former = _device_at(place, device.kind)
        if former is not None:
            problem = _("%(place)s already has %(device)s") % {"place": code, "device": former.code}
            raise Rejection("place", "place_taken", problem, _("remove the device there first"))
        return place

    def _find(self, code: str, device: Device) -> Place:
        places: dict[str, Place]
        if device.kind in (Device.Kind.CAMERA, Device.Kind.BARRIER):
            places, hint = {**self._lanes}, _("enter gate code/lane code")
        elif device.kind == Device.Kind.BAY_SENSOR:
            places, hint = {**self._bays}, _("enter lot code/bay code")
        else:
            problem = _("devices of this kind have no lane or bay")
            raise Rejection("place", "place_not_allowed", problem, _("leave it empty"))
        if code not in places:
            if places:
                codes = joined(sorted(places)[:SHOWN_PLACES])
                there = _("codes at this site: %(codes)s") % {"codes": codes}
                more = ", …" if len(places) > SHOWN_PLACES else ""
                hint = f"{hint}; {there}{more}"
            raise Rejection(
                "place", "place_unknown", _("%(place)s is unknown") % {"place": code}, hint
            )
        return places[code]


def _kind(text: str) -> str:
    names = {str(label): value for value, label in Device.Kind.choices}
    kind = names.get(text, text)
    if kind not in Device.Kind.values:
        hint = _("choose one of %(kinds)s") % {"kinds": joined(Device.Kind.values)}
        raise Rejection(
            "kind", "not_a_choice", _("%(kind)s is not a device kind") % {"kind": text}, hint
        )
    return kind


def _seconds(text: str, driver: str) -> int:
    """Parse the interval; the driver's default if it is empty."""
    if not text:
        return drivers.driver(driver).MANIFEST.interval_s
    if not text.isdecimal() or len(text) > 9:
        raise Rejection(
            "interval_s",
            "not_an_integer",
            _("is not a number of seconds"),
            _("enter a whole number"),
        )
    return int(text)


def _options(text: str) -> dict[str, object]:
    try:
        options = parse_json(text or "{}")
        # A lone surrogate, written as \ud800, can be neither stored nor displayed.
        json.dumps(options, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        options = None
    if not isinstance(options, dict):
        raise Rejection(
            "options", "not_an_object", _("is not a JSON object"), _("enter {} or leave it empty")
        )
    return options


def _boolean(text: str) -> bool:
    if text.lower() not in YES | NO:
        problem = _("%(said)s is neither yes nor no") % {"said": text}
        raise Rejection("drives_barrier", "not_a_boolean", problem, _("enter yes or no"))
    return text.lower() in YES


def _check_same(known: Device, device: Device) -> None:
    """Check that a line about a registered device agrees with it."""
    # A list may write options in short, such as the name of a preset, unlike the stored form.
    device.options = drivers.driver(device.driver).MANIFEST.check_options(device.options)
    for field in _SAME:
        if getattr(known, field) != getattr(device, field):
            problem = _("differs from the registered device")
            raise Rejection(
                field, "differs", problem, _("change it on the device's page, or the line")
            )


def _check_barrier(device: Device, place: Place | None, *, drives: bool) -> None:
    is_camera = device.kind == Device.Kind.CAMERA
    if drives and not (is_camera and isinstance(place, Lane)):
        problem = _("applies only to a camera at its lane")
        raise Rejection("drives_barrier", "not_a_lane_camera", problem, _("leave it empty"))
    if isinstance(place, Lane) and (drives or not is_camera):
        if drives and place.barrier_id is not None:
            problem = _("the lane already has a barrier")
            raise Rejection("drives_barrier", "barrier_exists", problem, _("leave it empty"))
        check_opens(device)


def _device_at(place: Place, kind: str) -> Device | None:
    """Return the device of that kind at the place."""
    if isinstance(place, Bay):
        return place.sensor
    return place.camera if kind == Device.Kind.CAMERA else place.barrier


def _assign_places(lines: Sequence[Line]) -> None:
    """Assign the devices to their places, which are locked and checked again first."""
    bays = [line for line in lines if isinstance(line.place, Bay)]
    lanes = [line for line in lines if isinstance(line.place, Lane)]
    _fill_lanes(lanes)
    _fill_bays(bays)


def _fill_lanes(lines: Sequence[Line]) -> None:
    locked = _locked(Lane.objects.all(), lines)
    for line, device, lane in _free(lines, locked):
        if device.kind == Device.Kind.CAMERA:
            lane.camera = device
        if device.kind == Device.Kind.BARRIER or line.drives_barrier:
            lane.barrier = device
    Lane.objects.bulk_update(locked.values(), ["camera", "barrier"])
    for lane in locked.values():
        publish(LaneChanged(lane.gate.site_id, lane.pk))


def _fill_bays(lines: Sequence[Line]) -> None:
    locked = _locked(Bay.objects.all(), lines)
    for _line, device, bay in _free(lines, locked):
        bay.sensor, bay.status_at, bay.sensed = device, None, Bay.Status.UNKNOWN
        bay.status = status_of(bay)
    Bay.objects.bulk_update(locked.values(), ["sensor", "status_at", "sensed", "status"])


def _locked(places: QuerySet[OnePlace], lines: Sequence[Line]) -> dict[int, OnePlace]:
    wanted = {line.place.pk for line in lines if line.place}
    return places.select_for_update().filter(pk__in=wanted).order_by("pk").in_bulk()


def _free(
    lines: Sequence[Line], locked: Mapping[int, OnePlace]
) -> Iterator[tuple[Line, Device, OnePlace]]:
    """Yield each line's device with its locked place, which must still be free."""
    for line in lines:
        if line.place is None or line.device is None:
            continue
        place = locked[line.place.pk]
        _check_free(line, place, line.device.kind)
        yield line, line.device, place


def _check_free(line: Line, place: Place, kind: str) -> None:
    if _device_at(place, kind) is not None or place.ended_at is not None:
        rejection = Rejection(
            "place", "place_taken", _("was taken in the meantime"), _("check the list again")
        )
        raise _in_line(line.number, rejection)
