"""A simulated UHPPOTE controller behind its gateway: its cards, its time profiles, its events."""

from collections.abc import Mapping
from datetime import datetime
from random import Random
from typing import Any

from .door_people import Passer
from .door_speech import NO_RIGHT, SWIPED, Uhppoted
from .door_units import DoorUnit
from .scenario import Device
from .speech import Message
from .units import Send, decoded


class Controller(DoorUnit):
    """A UHPPOTE controller behind its gateway, with its list of cards and its time profiles."""

    def __init__(self, device: Device, run: str, send: Send) -> None:
        super().__init__(device, run, send)
        line, gateway = device.door.line or device.code, device.door.gateway or device.serial
        self.talk = Uhppoted(line, device.serial, gateway)
        self.profiles: dict[str, dict[str, Any]] = {}
        self._number = 0

    @property
    def has_line(self) -> bool:
        """Whether its gateway signs in with its account, and not with another controller's."""
        return not self.door.gateway

    @property
    def listens(self) -> str:
        """The topics that its gateway subscribes to."""
        return self.talk.listens

    @property
    def remembered(self) -> dict[str, Any]:
        """Its cards, and its time profiles with a mark."""
        return self.entries | {f"profile {key}": each for key, each in self.profiles.items()}

    def remember(self, kept: Mapping[str, Any]) -> None:
        """Begin with what an earlier run has kept."""
        super().remember({k: v for k, v in kept.items() if not k.startswith("profile ")})
        marked = {k: v for k, v in kept.items() if k.startswith("profile ")}
        self.profiles = {key.removeprefix("profile "): dict(v) for key, v in marked.items()}

    def replace(self) -> None:
        """Empty its list and its time profiles."""
        super().replace()
        self.profiles.clear()

    def beat(self, at: datetime) -> None:
        """Publish the gateway's health check."""
        if not self.door.gateway:
            self.publish(self.talk.alive())

    def meet(self, at: datetime, person: Passer, direction: str, chance: Random) -> None:
        """Report a swipe of the person's card, and whether it opened the door."""
        if not person.card:
            return
        local, door = self.local(at), chance.choice(self.door.doors)
        granted = self.opens(str(person.wiegand), door, local)
        self._number += 1
        seen = {
            "card-number": person.wiegand,
            "door-id": door,
            "direction": {"code": 1 if direction == "in" else 2},
            "access-granted": granted,
            "event-reason": {"code": SWIPED if granted else NO_RIGHT},
        }
        self.publish(self.talk.swipe(int(local.timestamp()) % 10**6 + self._number, local, seen))

    def opens(self, card: str, door: int, local: datetime) -> bool:
        """Whether a card opens one of its doors at a local time."""
        entry = self.entries.get(card)
        if entry is None:
            return False
        day = f"{local:%Y-%m-%d}"
        if not entry["start-date"] <= day <= entry["end-date"]:
            return False
        how = entry["doors"].get(str(door))
        return how is True or (how not in (None, False, 0) and self._in_profile(str(how), local))

    def _in_profile(self, number: str, local: datetime) -> bool:
        seen: set[str] = set()
        day, minute = f"{local:%Y-%m-%d}", f"{local:%H:%M}"
        while number in self.profiles and number not in seen:
            seen.add(number)
            profile = self.profiles[number]
            if (
                profile["start-date"] <= day <= profile["end-date"]
                and f"{local:%A}" in profile["weekdays"].split(",")
                and any(each["start"] <= minute <= each["end"] for each in profile["segments"])
            ):
                return True
            number = str(profile.get("linked-profile", ""))
        return False

    def execute(self, topic: str, payload: bytes, now: datetime) -> list[Message]:
        """Execute a request that is about this controller."""
        message = (decoded(payload) or {}).get("message")
        request = message.get("request") if isinstance(message, dict) else None
        if not isinstance(request, dict):
            return []
        what = topic.partition("/requests/")[2]
        if what == "device/cards:get":
            cards = sorted(map(int, self.entries))
            return [self.talk.reply(request, "get-cards", {"cards": cards})]
        if what == "device/card:get":
            return [self._card(request)]
        if what == "device/card:put":
            return [self._put(request)]
        if what == "device/card:delete":
            number = request.get("card-number")
            self.entries.pop(str(number), None)
            done = {"card-number": number, "deleted": True}
            return [self.talk.reply(request, "delete-card", done)]
        return self._about_profiles(what, request)

    def _about_profiles(self, what: str, request: dict[str, Any]) -> list[Message]:
        if what == "device/time-profile:set":
            profile = dict(request["profile"])
            self.profiles[str(profile["id"])] = profile
            return [self.talk.reply(request, "set-time-profile", {"time-profile": profile})]
        if what == "device/time-profile:get":
            found = self.profiles.get(str(request.get("profile-id")))
            if found is None:
                return [self.talk.error(request, 404, "no such time profile")]
            return [self.talk.reply(request, "get-time-profile", {"time-profile": found})]
        if what == "device/time:set":
            done = {"date-time": request.get("date-time", "")}
            return [self.talk.reply(request, "set-time", done)]
        if what == "device/door/lock:open":
            return [self.talk.reply(request, "open-door", {"opened": True})]
        return [self.talk.error(request, 400, "not supported")] if what else []

    def _card(self, request: dict[str, Any]) -> Message:
        entry = self.entries.get(str(request.get("card-number")))
        if entry is None:
            return self.talk.error(request, 404, "card not found")
        return self.talk.reply(request, "get-card", {"card": entry})

    def _put(self, request: dict[str, Any]) -> Message:
        card = dict(request["card"])
        number = str(card["card-number"])
        if number not in self.entries and len(self.entries) >= self.door.most:
            return self.talk.error(request, 500, "card list full")
        for how in card["doors"].values():
            if type(how) is int and str(how) not in self.profiles:
                return self.talk.error(request, 400, f"no time profile {how}")
        if not self.door.forgets:
            self.entries[number] = card
        return self.talk.reply(request, "put-card", {"card": card})
