"""Histories of cars at a lot's lanes, played in any order on lots of their own."""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from access import lists
from access import services as access_services
from access.models import Passage
from billing.models import Charge
from billing.selectors import owed_back
from core import clock
from core.jobs import run_waiting
from devices import events, inbound
from devices.models import Device
from estate.models import Lane
from parking.models import LotRules, Stay
from parking.selectors import due_now
from tests.factories import DeviceFactory, LaneFactory, TariffFactory
from tests.gate import GateScene, staff
from tests.paying import pay

BEGINS = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
_keys = count()
# Reads and movements of a car at an entry come within so many seconds.
_AT_ENTRY = 120


@dataclass(frozen=True)
class Seen:
    """A camera's read, ``at`` seconds after the history begins."""

    at: int
    lane: str
    plate: str
    offline: bool = False


@dataclass(frozen=True)
class Moved:
    """A movement that the lane's camera, or its barrier, reports."""

    at: int
    lane: str
    kind: str
    plate: str = ""
    by_barrier: bool = False


@dataclass(frozen=True)
class Paid:
    """Money taken for the plate's stay.

    Attributes:
        entry: lane and second by which the stay began that exactly this amount was taken for; with
            None the newest stay pays no more than it owes.
    """

    at: int
    plate: str
    amount: int
    entry: tuple[str, int] | None = None


@dataclass(frozen=True)
class Corrected:
    """A guard's correction of the reads at that lane and second."""

    at: int
    read: Seen
    plate: str


@dataclass(frozen=True)
class Issued:
    """A visitor pass, valid for so many seconds from ``begins``."""

    at: int
    plate: str
    begins: int
    lasts: int
    entries: int = 1


Report = Seen | Moved
Act = Paid | Corrected | Issued
History = Sequence[Report | Act]


@dataclass
class Lot:
    """A lot with two lanes in and two out, each with a camera and a barrier of its own."""

    set_clock: Callable[[datetime], None]
    opposite_s: int = 0
    capacity: int = 100
    gate: GateScene = field(init=False)
    lanes: dict[str, Lane] = field(init=False)
    taken: defaultdict[Paid, list[Paid]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self.set_clock(BEGINS - timedelta(days=1))
        self.gate = gate = GateScene.build(priced=False, capacity=self.capacity)
        TariffFactory(lot=gate.lot)
        LotRules.objects.create(lot=gate.lot, opposite_s=self.opposite_s)
        more = {
            name: LaneFactory(site=gate.site, gate=gate.entry.gate, lot=gate.lot, direction=way)
            for name, way in (("in2", "entry"), ("out2", "exit"))
        }
        self.lanes = {"in": gate.entry, "out": gate.exit, **more}
        for lane in self.lanes.values():
            lane.barrier = DeviceFactory(site=gate.site, kind="barrier", driver="gatehouse")
            lane.save()

    def play(self, history: History, received: datetime) -> None:
        """Deliver the events in the given order, one a second from that instant."""
        for number, event in enumerate(history):
            self.deliver(event, received + timedelta(seconds=number))

    def deliver(self, event: Report | Act, received: datetime) -> None:
        """Deliver one event at that instant, and run the jobs that it causes."""
        self.set_clock(received)
        match event:
            case Seen():
                self._report(events.PlateSeen, event, raw_text=event.plate, confidence=1.0)
            case Moved():
                self._report(events.CarMoved, event, movement=event.kind, plate=event.plate)
            case Paid():
                self._pay(event)
            case Corrected():
                for passage in self._passages(event.read):
                    access_services.correct_read(passage, event.plate, staff(), "seen on the photo")
            case Issued():
                self._issue(event)
        self.set_clock(received)
        run_waiting()

    def _report(self, kind: type, event: Report, **values: Any) -> None:
        lane = self.lanes[event.lane]
        offline = isinstance(event, Seen) and event.offline
        inbound._process(
            kind(
                device_id=self._device(lane, event).pk,
                site_id=self.gate.site.pk,
                key=f"history-{next(_keys)}",
                at=at(event.at),
                received_at=clock.now(),
                buffered=offline,
                **values,
            ),
            None,
        )

    @staticmethod
    def _device(lane: Lane, event: Report) -> Device:
        return lane.barrier if isinstance(event, Moved) and event.by_barrier else lane.camera

    def _passages(self, read: Seen) -> list[Passage]:
        lane = self.lanes[read.lane]
        return list(Passage.objects.filter(lane=lane, at=at(read.at)).order_by("pk"))

    def _pay(self, event: Paid) -> None:
        stay = self._stay_to_pay(event)
        if stay is None:
            return  # the car did not come in
        amount = event.amount
        if event.entry is None:
            waiting = stay.waiting_passage
            due = due_now(stay, waiting.seen_at if waiting else at(event.at)).due
            amount = min(amount, due)
        if amount:
            self.taken[event].append(replace(event, amount=amount, entry=self._entry_of(stay)))
            pay(stay, amount, at(event.at))

    def _stay_to_pay(self, event: Paid) -> Stay | None:
        of_plate = Stay.objects.filter(lot=self.gate.lot, plate=event.plate)
        known = list(of_plate.filter(entered_at__lte=at(event.at)).order_by("-entered_at", "-pk"))
        if event.entry is None:
            return next((stay for stay in known if stay.status in ("open", "closed")), None)
        known.sort(key=lambda stay: (stay.status == "undone", self._entry_of(stay) != event.entry))
        return known[0] if known else None  # the last ones were undone by later events

    def _entry_of(self, stay: Stay) -> tuple[str, int]:
        entry = stay.entry_passage
        names = (name for name, lane in self.lanes.items() if entry and lane.pk == entry.lane_id)
        return next(names, ""), seconds(stay.entered_at)

    def _issue(self, event: Issued) -> None:
        self.set_clock(at(event.at))
        lists.issue_pass(
            self.gate.site,
            staff(),
            plate=event.plate,
            begins_at=at(event.begins),
            ends_at=at(event.begins + event.lasts),
            entries_allowed=event.entries,
        )

    def outcome(self) -> dict[str, Any]:
        """Return the lot's stays, their charges and the money due for refund."""
        found = Stay.objects.filter(lot=self.gate.lot).exclude(status="undone")
        back = sum(each.money.minor for each in owed_back(self.gate.site))
        stays = sorted((self._stay(each) for each in found), key=_place)
        undone = Stay.objects.filter(lot=self.gate.lot, status="undone")
        left_over = sum(self._charged(each) for each in undone)
        return {"stays": stays, "owed_back": back, "charged_for_undone": left_over}

    def _stay(self, stay: Stay) -> dict[str, Any]:
        waiting = stay.waiting_passage
        owed = due_now(stay, waiting.seen_at if waiting else at(86400))
        return {
            "plate": stay.plate,
            "entered": seconds(stay.entered_at),
            "left": seconds(stay.left_at) if stay.status == "closed" else None,
            "status": str(stay.status),
            "waits": seconds(waiting.seen_at) if waiting else None,
            "cover": None if stay.status == "open" else str(stay.cover),
            "price": owed.price,
            "paid": owed.paid,
            "due": owed.due,
            "charged": self._charged(stay),
        }

    @staticmethod
    def _charged(stay: Stay) -> int:
        """Return what was charged for a stay, with all adjustments."""
        charges = Charge.objects.filter(source_id=stay.public_id, state__in=Charge.POSTED)
        return sum(charges.values_list("amount", flat=True))


def _place(stay: dict[str, Any]) -> tuple[Any, ...]:
    return stay["entered"], stay["plate"], stay["status"]


def at(second: int) -> datetime:
    """Return an instant of the history."""
    return BEGINS + timedelta(seconds=second)


def seconds(instant: datetime) -> int:
    """Return an instant as seconds of the history."""
    return int((instant - BEGINS).total_seconds())


def is_report(event: Report | Act) -> bool:
    """Whether a device reports the event, so that it may arrive at any time."""
    return isinstance(event, Seen | Moved)


def in_order(history: History) -> list[Report | Act]:
    """Return the events by their own time."""
    return sorted(history, key=lambda each: (each.at, not is_report(each)))


def as_paid(history: History, lot: Lot) -> list[Report | Act]:
    """Return the history with the payments that were made at the lot."""
    left = {event: list(payments) for event, payments in lot.taken.items()}
    found: list[Report | Act] = []
    for each in history:
        if not isinstance(each, Paid):
            found.append(each)
        elif left.get(each):
            found.append(left[each].pop())
    return found


def shuffled(
    history: History, chance: random.Random, *, doubled: bool = True
) -> list[Report | Act]:
    """Return the history in another order, some reports twice; acts come after what they name.

    A correction comes after its read, money after all that was reported before, and the acts of
    people stay in order among themselves.
    """
    reports = [each for each in history if is_report(each)]
    if doubled:
        reports += chance.sample(reports, chance.randint(0, len(reports)))
    chance.shuffle(reports)
    found: list[Report | Act] = list(reports)
    earliest = 0
    for act in (each for each in in_order(history) if not is_report(each)):
        named = [n for n, each in enumerate(found) if _names(act, each)]
        earliest = max([earliest, *(n + 1 for n in named)])
        place = chance.randint(earliest, len(found))
        found.insert(place, act)
        earliest = place + 1
    return found


def _names(act: Act, event: Report | Act) -> bool:
    """Whether the act follows that report: money is taken for a stay that is known."""
    if isinstance(act, Corrected):
        copied = isinstance(event, Seen) and event.lane == act.read.lane
        return copied and event.at == act.read.at
    if not isinstance(act, Paid) or not is_report(event):
        return False
    # Until the car has left the entry it is not known whether it came in.
    settles = _AT_ENTRY if event.lane.startswith("in") else 0
    return event.at <= act.at + settles
