"""A door whose device decides by a list, and the device's own memory."""

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from core import clock
from core.models import Site
from devices import commands
from devices.events import CommandAnswered
from devices.models import Command, Device
from doors import granting, services
from doors.device_lists import planning, sending
from doors.granting import Holder
from doors.models import Card, DeviceEntry, Right
from estate import services as estate
from estate.models import DoorGroup
from people.models import Person
from tests.factories import (
    DeviceFactory,
    DoorFactory,
    DoorGroupFactory,
    PersonFactory,
    SiteFactory,
)

TERMINAL, CONTROLLER = "face-mqtt", "uhppote"
_cards = count(20_001)


@dataclass
class Listed:
    """A device with a list, its door's group, and what the device has stored by key."""

    device: Device
    site: Site
    group: DoorGroup
    places: int = 10_000
    stored: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def build(
        cls, driver: str = TERMINAL, places: int = 10_000, site: Site | None = None
    ) -> "Listed":
        site = site or SiteFactory()
        device = DeviceFactory(site=site, driver=driver, kind="door", serial=str(next(_cards)))
        listed = cls(device, site, DoorGroup(), places)
        listed.group = listed.add_door(1)
        return listed

    def resident(self, **right: Any) -> Person:
        """A person with a card and a right at the door."""
        person = PersonFactory(site=self.site)
        self.card_of(person)
        self.grant(person, **right)
        return person

    def add_door(self, number: int) -> DoorGroup:
        """A further door of the device, in a group of its own."""
        door = DoorFactory(site=self.site, decides="device")
        estate.connect_device(door, self.device, "test", number=number)
        group = DoorGroupFactory(site=self.site)
        group.doors.add(door)
        return group

    def grant(self, person: Person, group: DoorGroup | None = None, **right: Any) -> Right:
        """A right of the person at the door, or at those of another group."""
        holder = Holder(person=person)
        return granting.grant(group or self.group, "test", holder, reason="moved in", **right)

    def card_of(self, person: Person) -> Card:
        """A new card of the person."""
        return services.issue_card(self.site, "test", person=person, number=next(_cards))

    # -- the device's side -----------------------------------------------------------------------

    def orders(self) -> list[Command]:
        """The orders without an outcome, oldest first."""
        open_ones = Command.objects.filter(device=self.device, state__in=["queued", "sent"])
        return list(open_ones.order_by("pk"))

    def step(self, *outcomes: str) -> bool:
        """Send what is due and settle it, each order in the next way; whether there was any.

        Ways: ``answer``, ``lose the order``, ``lose the answer``, ``refuse``, ``expire``.
        """
        DeviceEntry.objects.filter(device=self.device).update(retry_at=None)
        self.device.time_profiles.update(retry_at=None)
        sending.advance(self.device.pk)
        ways = iter(outcomes)
        orders = self.orders()
        for order in orders:
            self.settle(order, next(ways, "answer"))
        return bool(orders)

    def settle(self, order: Command, way: str) -> None:
        """Let an order end in some way."""
        if way == "answer":
            self._say(order, **self.execute(order))
        elif way == "refuse":
            self._say(order, ok=False, error="busy")
        else:
            if way == "lose the answer":
                self.execute(order)
            state = "queued" if way == "expire" else "sent"
            past = clock.now() - timedelta(minutes=1)
            Command.objects.filter(pk=order.pk).update(state=state, not_after=past)
            commands.expire_overdue()

    def bring_about(self, most: int = 60) -> None:
        """Answer orders until none is left."""
        for _ in range(most):
            if not self.step():
                return
        raise AssertionError(f"orders without an end: {self.orders()}")

    def refresh(self) -> None:
        """Compute what is wanted."""
        planning.refresh(self.device)

    def execute(self, order: Command) -> dict[str, Any]:
        """Do what an order says; return the answer."""
        args = order.args
        key = str(args.get("person") or args.get("card", ""))
        verb = order.action.partition("_")[0]
        if verb == "put" and order.action != "put_profile":
            if key not in self.stored and len(self.stored) >= self.places:
                return {"ok": False, "error": "full", "problem": "full"}
            self.stored[key] = dict(args)
        elif verb == "delete":
            if self.stored.pop(key, None) is None:
                return {"ok": False, "error": "not found", "problem": "absent"}
        elif verb == "find":
            if key not in self.stored:
                return {"ok": False, "error": "not found", "problem": "absent"}
            return {"ok": True, "listed": {key: self._shown(self.stored[key])}}
        elif verb == "count":
            return {"ok": True, "count": len(self.stored)}
        elif verb == "list":
            return {"ok": True, "listed": self._page(args)}
        return {"ok": True}

    def _page(self, args: dict[str, Any]) -> dict[str, dict[str, Any]]:
        keys = sorted(self.stored)
        if "first" in args:
            keys = keys[args["first"] : args["first"] + args["most"]]
            return {key: {"card": self.stored[key].get("card", "")} for key in keys}
        return {key: {} for key in keys}

    def _shown(self, args: dict[str, Any]) -> dict[str, Any]:
        if self.device.driver == TERMINAL:
            return {"card": args.get("card", "")}
        doors: dict[str, Any] = {str(door): door in args["doors"] for door in range(1, 5)}
        doors |= args.get("profiles", {})
        days = {"start-date": args["begins"], "end-date": args["ends"]}
        return {"card-number": args["card"], "doors": doors, **days}

    def _say(self, order: Command, **answer: Any) -> None:
        now = clock.now()
        envelope = {"device_id": self.device.pk, "site_id": self.site.pk, "at": now}
        key = f"answer {order.cmd_id}"
        said = CommandAnswered(cmd_id=order.cmd_id, key=key, received_at=now, **envelope, **answer)
        commands.record_answer(said)

    # -- what is known here ----------------------------------------------------------------------

    def states(self) -> dict[str, str]:
        """The rows' states by key."""
        rows = DeviceEntry.objects.filter(device=self.device)
        return dict(rows.order_by("key").values_list("key", "state"))

    def row_of(self, person: Person) -> DeviceEntry:
        """The only row of a person that isn't gone."""
        return DeviceEntry.objects.exclude(state="gone").get(device=self.device, person=person)


def loaded(listed: Listed) -> set[int]:
    """The numbers of the cards on the device."""
    return {int(args["card"]) for args in listed.stored.values() if args.get("card")}


def good_cards(*people) -> set[int]:
    cards = Card.objects.filter(person__in=people, state=Card.State.ACTIVE)
    return set(cards.values_list("number", flat=True))


def lose(person) -> None:
    card = Card.objects.get(person=person, state=Card.State.ACTIVE)
    services.report_lost(card, "test")


def end_rights(person) -> None:
    for right in rights_of(person):
        granting.end_right(right, "test", reason="moved out")


def rights_of(person) -> list[Right]:
    return list(Right.objects.filter(person=person, ends_at=None).order_by("pk"))
