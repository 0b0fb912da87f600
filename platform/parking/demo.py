"""The demo sites' tariffs and rules, and the cars inside."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from access.movements import record_movement
from access.services import lift_barrier, record_plate_seen
from core import clock
from core.models import User
from devices import events
from devices.commands import record_answer
from devices.models import Command
from estate.models import Bay, Lane, Lot
from estate.services import set_bay_status
from parking.publishing import publish_tariff
from parking.rules import set_rules
from pricing.templates import Basis, monthly

TARIFF: dict[str, Any] = {
    "schema": "tariff/1",
    "id": "willow-court",
    "version": 1,
    "currency": "CNY",
    "timezone": "Asia/Shanghai",
    "free": {"minutes": 5, "kind": "threshold", "inclusive": True, "repeat": "stay"},
    "ladder_reset": "24h",
    "elements": [
        {
            "id": "day",
            "title": {"en": "Day", "zh-hans": "白天"},
            "when": {"time": ["07:00", "21:00"]},
            "steps": [{"upto": 60, "unit": 60, "price": 500}, {"unit": 30, "price": 250}],
        },
        {
            "id": "night",
            "title": {"en": "Night", "zh-hans": "夜间"},
            "when": {"time": ["21:00", "07:00"]},
            "steps": [{"unit": 60, "price": 100}],
        },
    ],
    "caps": [{"window": "24h", "amounts": [4000]}],
    "exit_grace_minutes": 15,
}
TRUCK_TARIFF: dict[str, Any] = {
    "schema": "tariff/1",
    "id": "harbour-trucks",
    "version": 1,
    "currency": "CNY",
    "timezone": "Asia/Shanghai",
    "free": {"minutes": 30, "kind": "threshold", "inclusive": True, "repeat": "stay"},
    "ladder_reset": "24h",
    "elements": [
        {
            "id": "large",
            "title": {"en": "Trucks", "zh-hans": "货车"},
            "when": {"vehicle": ["large"]},
            "steps": [{"upto": 120, "unit": 60, "price": 1000}, {"unit": 60, "price": 800}],
        },
        {
            "id": "small",
            "title": {"en": "Other vehicles", "zh-hans": "其他车辆"},
            "steps": [{"unit": 60, "price": 500}],
        },
    ],
    "caps": [{"window": "24h", "amounts": [12000]}],
    "exit_grace_minutes": 30,
}
# Of staff: by the day until the price of a month is reached.
STAFF_TARIFF: dict[str, Any] = monthly(
    Basis("harbour-staff", "CNY", "Asia/Shanghai", free_minutes=30),
    day_price=1500,
    month_price=26000,
)
#: Cars inside: plate, bay, and hours since they entered.
Inside = Iterable[tuple[str, str, float]]
INSIDE = [
    ("沪L8J246", "A-03", 1.4),
    ("苏B3C579", "B-11", 3.2),
    ("浙C6R802", "D-07", 0.6),
    ("沪N2T731", "A-14", 5.1),
    ("皖B8F455", "C-02", 2.3),
    ("沪M9K160", "C-18", 0.9),
    ("苏D1V284", "D-12", 7.5),
    ("沪R4A907", "B-05", 1.9),
]
TRUCKS_INSIDE = [
    ("苏F30915", "T-03", 2.4),
    ("沪D58821", "T-06", 5.5),
    ("皖B71264", "T-10", 0.7),
    ("鲁C05388", "U-02", 9.2),
]
CARS_INSIDE = [("沪F3M620", "P-04", 3.1), ("沪K8W305", "P-09", 26.5), ("沪G8T415", "Q-02", 6.3)]
_PASSING = timedelta(seconds=8)


def publish_prices(
    lot: Lot, actor: User, since: datetime | None = None, tariff: dict[str, Any] = TARIFF
) -> None:
    """Publish a tariff of the lot and set its rules.

    Args:
        since: when it came into force; a good while ago by default.
    """
    since = since or clock.now() - timedelta(days=200)
    publish_tariff(lot, actor, text=json.dumps(tariff), valid_from=since)
    set_rules(lot, actor, lost_entry_charge=1000)


def park_cars(lot: Lot, guard: User, gate: str, inside: Inside, colour: str = "blue") -> None:
    """Let the cars inside have entered by a gate.

    Decisions hold a car whose message is hours old. So a guard opens for each car, and the barrier
    and the camera report what they did.

    Args:
        gate: its code.
        inside: the cars.
        colour: of their plates.
    """
    lane = Lane.objects.get(gate__site=lot.site, gate__code=gate, code="entry")
    for plate, bay, hours in inside:
        entered_at = clock.now() - timedelta(hours=hours)
        _enter(lane, plate, colour, entered_at, guard)
        sensor = Bay.objects.get(lot=lot, code=bay).sensor_id
        if sensor is not None:
            set_bay_status(sensor, occupied=True, at=entered_at + _PASSING)


def _enter(lane: Lane, plate: str, colour: str, at: datetime, guard: User) -> None:
    passage = record_plate_seen(_seen(lane, plate, colour, at))
    if passage is None:
        return
    command = lift_barrier(passage, guard, "Entered before the site was connected").command
    if command is not None:
        record_answer(_answer(command, lane, at))
    record_movement(_passed(lane, plate, at + _PASSING))


def _seen(lane: Lane, plate: str, colour: str, at: datetime) -> events.PlateSeen:
    return events.PlateSeen(
        device_id=lane.camera_id or 0,
        site_id=lane.gate.site_id,
        key=f"demo-{plate}",
        at=at,
        received_at=at,
        raw_text=plate,
        confidence=0.98,
        colour=colour,
    )


def _answer(command: Command, lane: Lane, at: datetime) -> events.CommandAnswered:
    return events.CommandAnswered(
        device_id=command.device_id,
        site_id=lane.gate.site_id,
        key=command.cmd_id,
        at=at,
        received_at=at,
        cmd_id=command.cmd_id,
        ok=True,
    )


def _passed(lane: Lane, plate: str, at: datetime) -> events.CarMoved:
    return events.CarMoved(
        device_id=lane.camera_id or 0,
        site_id=lane.gate.site_id,
        key=f"demo-{plate}-passed",
        at=at,
        received_at=at,
        movement="passed",
    )
