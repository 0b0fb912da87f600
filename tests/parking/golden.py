"""Play the specification's worked cases of stays: in order, in any order, and doubled."""

import json
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from access import lists
from access import services as access_services
from access.models import Passage
from billing.selectors import owed_back
from core import clock
from core.jobs import run_waiting
from devices import events, inbound
from estate.models import Lane
from parking.models import LotRules, Stay
from parking.selectors import due_now
from tests.factories import TariffFactory, VehicleFactory
from tests.gate import GateScene, decision_of, open_commands, staff
from tests.paying import pay

Event = dict[str, Any]


def cases(shared: Path) -> list[dict[str, Any]]:
    """Return the worked cases."""
    return json.loads((shared / "golden" / "stays.json").read_text())["cases"]


def at(text: str) -> datetime:
    """Parse an instant of a case."""
    return datetime.fromisoformat(text)


@dataclass
class Player:
    """One case on a lot of its own; ``clock`` is set to each event's time of receipt."""

    case: dict[str, Any]
    set_clock: Any
    gate: GateScene = field(init=False)
    reads: list[Passage] = field(default_factory=list)

    def __post_init__(self) -> None:
        case = self.case
        self.gate = GateScene.build(priced=False, capacity=case.get("capacity", 100))
        TariffFactory(
            lot=self.gate.lot, document=case["tariff"], valid_from=at("2020-01-01T00:00:00+08:00")
        )
        LotRules.objects.create(lot=self.gate.lot, opposite_s=case["opposite_s"])
        for name, seconds in case.get("offsets_s", {}).items():
            camera = self.lane(name).camera
            camera.clock_offset_ms = seconds * 1000
            camera.save()
        self.set_clock(at("2026-03-01T00:00:00+08:00"))
        self._register()

    def lane(self, name: str) -> Lane:
        """Return the lane by its name in the cases."""
        return {"in": self.gate.entry, "out": self.gate.exit}[name]

    def _register(self) -> None:
        site = self.gate.site
        for each in self.case.get("passes", []):
            self._issue(each)
        for each in self.case.get("covers", []):
            VehicleFactory(
                person__site=site,
                plate=each["plate"],
                begins_at=at(each["from"]),
                ends_at=at(each["to"]),
            )
        for plate in self.case.get("residents", []):
            VehicleFactory(person__site=site, plate=plate, begins_at=clock.now())

    def _issue(self, given: Event) -> None:
        lists.issue_pass(
            self.gate.site,
            staff(),
            plate=given["plate"],
            begins_at=at(given["from"]),
            ends_at=at(given["to"]),
            entries_allowed=given["entries"],
        )

    def true_time(self, event: Event) -> datetime:
        """Return when the event happened, without its camera's offset."""
        offset = self.case.get("offsets_s", {}).get(event.get("lane"), 0)
        return at(event["at"]) - timedelta(seconds=offset)

    def play(self, event: Event, received: datetime | None = None, copy: str = "") -> None:
        """Deliver one event; its time of receipt is its own unless another is given."""
        now = received or (at(event["received"]) if "received" in event else self.true_time(event))
        self.set_clock(now)
        if "lane" in event:
            self._report(event, now, copy)
        elif "pay" in event:
            self._pay(event, now)
        elif "correct" in event:
            self._correct(event["correct"])
        else:
            self.set_clock(at(event["at"]))
            self._issue(event["pass"])
            self.set_clock(now)
        run_waiting()

    def _report(self, event: Event, now: datetime, copy: str) -> None:
        lane = self.lane(event["lane"])
        envelope = {
            "device_id": lane.camera_id,
            "site_id": self.gate.site.pk,
            "key": event["id"] + copy,
            "at": at(event["at"]),
            "received_at": now,
            "buffered": event.get("offline", False),
        }
        if "read" in event:
            seen = events.PlateSeen(raw_text=event["read"], confidence=1.0, **envelope)
            inbound._process(seen, None)
        else:
            moved = events.CarMoved(
                movement=event["moved"], plate=event.get("plate", ""), **envelope
            )
            inbound._process(moved, None)

    def _pay(self, event: Event, now: datetime) -> None:
        paid_at = at(event["at"])
        stays = Stay.objects.filter(lot=self.gate.lot, plate=event["pay"], entered_at__lte=paid_at)
        stay = stays.exclude(status__in=["undone", "superseded"]).latest("entered_at")
        pay(stay, event["amount"], paid_at)
        self.set_clock(now)

    def _correct(self, given: Event) -> None:
        passage = Passage.objects.filter(lane__lot=self.gate.lot, at=at(given["read_at"])).latest(
            "pk"
        )
        copies = Passage.objects.filter(
            lane__lot=self.gate.lot, at=passage.at, plate=given["from"], lane=passage.lane
        )
        for each in copies:
            access_services.correct_read(each, given["to"], staff(), "seen on the photo")

    def outcome(self) -> list[dict[str, Any]]:
        """Return the stays as the cases list them."""
        last = max(self.true_time(event) for event in self.case["events"] if "lane" in event)
        back = {each.payment.pk: each.money.minor for each in owed_back(self.gate.site)}
        found = []
        for stay in Stay.objects.filter(lot=self.gate.lot).exclude(status="undone"):
            waiting = stay.waiting_passage
            owed = due_now(stay, waiting.seen_at if waiting else last)
            found.append(
                {
                    "plate": stay.plate,
                    "entered": stay.entered_at,
                    "left": stay.left_at if stay.status == "closed" else None,
                    "status": stay.status,
                    "price": owed.price,
                    "paid": owed.paid,
                    "due": owed.due,
                    "review": bool(stay.review),
                }
            )
        owed_in_all = sum(back.values())
        return sorted(found, key=lambda each: each["entered"]), owed_in_all


def expected(case: dict[str, Any]) -> tuple[list[dict[str, Any]], int]:
    """Return what a case expects, in the form of `Player.outcome`."""
    found = []
    for each in case["expect"]["stays"]:
        back = each.get("owed_back", 0)
        found.append(
            {
                "plate": each["plate"],
                "entered": at(each["entered"]),
                "left": at(each["left"]) if each["left"] else None,
                "status": each["status"],
                "price": each["price"],
                "paid": each["paid"] - back,
                "due": each.get("due", max(0, each["price"] - each["paid"])),
            }
        )
    back = sum(each.get("owed_back", 0) for each in case["expect"]["stays"])
    return found, back


def shuffled(case: dict[str, Any], chance: random.Random, *, doubled: bool) -> list[Event]:
    """Return a case's reports in any order, and what people did after the reads that it names."""
    found = [event for event in case["events"] if "lane" in event]
    if doubled:
        found += chance.sample(found, len(found))
    chance.shuffle(found)
    earliest = 0
    for act in (event for event in case["events"] if "lane" not in event):
        named = [place for place, event in enumerate(found) if _names(act, event)]
        earliest = chance.randint(max([earliest, *(place + 1 for place in named)]), len(found))
        found.insert(earliest, act)
        earliest += 1
    return found


def _names(act: Event, event: Event) -> bool:
    """Whether an act follows a report: money is taken for a stay that is known."""
    if "lane" not in event:
        return False
    if "correct" in act:
        return "read" in event and at(event["at"]) == at(act["correct"]["read_at"])
    return "pay" in act


__all__ = ["Player", "at", "cases", "decision_of", "expected", "open_commands", "shuffled"]
