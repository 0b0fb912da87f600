"""A gate to test with: lanes of one lot, and cars that a camera sees at them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from access.models import Decision, Passage
from core import clock
from core.events import publish
from core.models import Site, User
from devices import events
from devices.models import Command, Device
from estate.models import Lane, Lot
from parking.models import Stay
from tests.factories import GateFactory, LaneFactory, LotFactory, SiteFactory, TariffFactory
from tests.photos import jpeg

TWO_HOURS = timedelta(hours=2)
_keys = count()


@dataclass
class GateScene:
    """A lot with an entry lane and an exit lane; ``sees`` plays a camera's message."""

    site: Site
    lot: Lot
    entry: Lane
    exit: Lane
    now: datetime = field(default_factory=clock.now)

    @classmethod
    def build(cls, *, site: Site | None = None, priced: bool = True, **lot: object) -> "GateScene":
        site = site or SiteFactory(plate_countries=["CN"])
        made = LotFactory(site=site, **lot)
        gate = GateFactory(site=site)
        lanes = [
            LaneFactory(site=site, gate=gate, lot=made, direction=direction)
            for direction in ("entry", "exit")
        ]
        if priced:
            TariffFactory(lot=made)
        return cls(site, made, *lanes)

    def sees(
        self,
        lane: Lane,
        plate: str,
        *,
        confidence: float = 0.99,
        ago: timedelta = timedelta(),
        skew: timedelta = timedelta(),
        **more: object,
    ) -> Passage:
        """The lane's camera, its clock ahead by ``skew``, sees a car; returns its passage."""
        at = clock.now() - ago
        event = events.PlateSeen(
            device_id=lane.camera_id,
            site_id=self.site.pk,
            key=f"seen-{next(_keys)}",
            at=at + skew,
            received_at=at,
            raw_text=plate,
            confidence=confidence,
            **more,
        )
        publish(event)
        return Passage.objects.filter(lane=lane).latest("pk")

    def moves(
        self,
        lane: Lane,
        movement: str,
        ago: timedelta = timedelta(),
        device: Device | None = None,
        plate: str = "",
    ) -> None:
        """The lane's camera, or another device, reports how a visit ended, ``ago`` by its clock."""
        now = clock.now()
        publish(
            events.CarMoved(
                device_id=device.pk if device else lane.camera_id,
                site_id=self.site.pk,
                key=f"moved-{next(_keys)}",
                at=now - ago,
                received_at=now,
                movement=movement,
                plate=plate,
            )
        )


def car_that_owes(gate: GateScene, plate: str = "沪A55555") -> Passage:
    """Let a car in two hours ago, and have it seen at the exit now: it owes ten yuan."""
    gate.sees(gate.entry, plate)
    Stay.objects.filter(plate=plate).update(entered_at=clock.now() - TWO_HOURS)
    Passage.objects.filter(plate=plate).update(at=clock.now() - TWO_HOURS)
    return gate.sees(gate.exit, plate, image=jpeg())


def decision_of(passage: Passage) -> Decision:
    """The decision in force."""
    return passage.decisions.latest("pk")


def answer(passage: Passage, state: str) -> None:
    """The barrier's last command for the passage is done, refused or given up."""
    command = passage.decisions.exclude(command=None).latest("pk").command
    site_id = passage.site_id
    publish(events.CommandSettled(command_id=command.pk, site_id=site_id, state=state))
    passage.refresh_from_db()


def open_commands(lane: Lane) -> int:
    """How many open commands the lane's barrier was sent."""
    return Command.objects.filter(device=lane.barrier, action="open").count()


def staff(username: str = "guard") -> User:
    """A person of the staff."""
    user, _ = User.objects.get_or_create(username=username)
    return user
