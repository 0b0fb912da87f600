"""What is wanted on a device's list: computed from rights, cards and faces; nothing is written."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from core import clock
from devices.drivers.contract import DoorAbilities, ListOf
from devices.models import Device
from doors.admission import holders_of, rights_at
from doors.device_lists import photos
from doors.device_lists.held_profiles import FIRST_DAY, LAST_DAY, parts_of
from doors.models import Card, DeviceEntry, Right, WidenedRight
from doors.time_profiles import as_profile
from estate.door_abilities import abilities_of
from estate.models import Door, DoorDevice
from people.models import Person

State = DeviceEntry.State


@dataclass(frozen=True, slots=True)
class Wanted:
    """An entry as it is wanted on a device.

    Attributes:
        content: the arguments of the order, without the name and the photo; empty where nothing
            can be loaded.
        face: the number of the enrolment; 0 for none.
        reason: why it is not possible; empty where it is.
    """

    key: str
    person: int
    content: dict[str, Any] = field(default_factory=dict)
    digest: str = ""
    face: int = 0
    reason: str = ""


@dataclass(slots=True)
class _Access:
    """What a person may pass at one device: each door with the profiles of the rights, if any.

    Attributes:
        ends: until when at each door, by the longest of its rights; None without an end.
    """

    always: set[int] = field(default_factory=set)
    profiles: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    ends: dict[int, datetime | None] = field(default_factory=dict)
    begins: datetime | None = None

    def add(self, door: int, right: Right, profile: int | None) -> None:
        """Add a right at one of the device's doors, in a profile or at all times."""
        if profile is None:
            self.always.add(door)
        else:
            self.profiles[door].add(profile)
        last, own = self.ends.get(door, right.ends_at), right.ends_at
        self.ends[door] = None if last is None or own is None else max(last, own)
        self.begins = min(self.begins or right.begins_at, right.begins_at)

    @property
    def end(self) -> datetime | None:
        """Until when the entry holds: an entry has one period, and no door opens for longer."""
        return min((end for end in self.ends.values() if end is not None), default=None)


def is_kept(device: Device) -> bool:
    """Whether a list is driven to the device."""
    return abilities_of(device).list_of is not None


def wanted_on(device: Device, among: Collection[int] = ()) -> dict[str, Wanted]:
    """Return the entries that are wanted on a device, by key.

    Args:
        among: only those of these people; of everybody if empty.
    """
    abilities = abilities_of(device)
    now = clock.now()
    access = _access(device, abilities, now, among)
    people = Person.objects.filter(pk__in=access).only("pk", "name")
    names = {person.pk: person.name for person in people}
    cards = _cards(device, names, clock.local(now, device.site.timezone).date())
    if abilities.list_of == ListOf.CARDS:
        found = _card_entries(device, abilities, access, cards)
    else:
        found = _person_entries(device, abilities, access, cards)
    return {each.key: _with_digest(each, names.get(each.person, "")) for each in found}


def _access(
    device: Device, abilities: DoorAbilities, now: datetime, among: Collection[int]
) -> dict[int, _Access]:
    widened = set(WidenedRight.objects.filter(device=device).values_list("right_id", flat=True))
    found: dict[int, _Access] = defaultdict(_Access)
    served = DoorDevice.objects.filter(device=device, door__ended_at=None)
    served = served.filter(door__decides=Door.Decides.DEVICE).select_related("door")
    for each in served.order_by("number"):
        for right in rights_at(each.door).filter(begins_at__lte=now).select_related("site"):
            holders = holders_of(right, now).values_list("pk", flat=True)
            holders = holders.filter(pk__in=among) if among else holders
            held = right.pk in widened or can_hold(abilities, right)
            for person in holders:
                own = found[person]  # also without a right that the device can hold
                if held:
                    profile = None if right.pk in widened else right.profile_id
                    own.add(each.number, right, profile)
    return found


def can_hold(abilities: DoorAbilities, right: Right) -> bool:
    """Whether a device can hold the time profile of a right, or needs none for it."""
    if right.profile is None:
        return True
    if not abilities.time_profiles:
        return False
    profile = as_profile(right.profile, right.site.timezone)
    return parts_of([profile], abilities.profile_segments) is not None


def _cards(device: Device, people: Collection[int], day: date) -> dict[int, list[Card]]:
    """Return the cards that open doors today or later, by person, the latest first."""
    rows = Card.objects.filter(site=device.site_id, person__in=people, state=Card.State.ACTIVE)
    found: dict[int, list[Card]] = defaultdict(list)
    for card in rows.order_by("-issued_at", "-pk"):
        if card.ends_on is None or card.ends_on > day:
            found[card.person_id].append(card)
    return found


def number_on(card: Card, abilities: DoorAbilities) -> str:
    """Return a card's number as a device writes it; empty where it can't."""
    if card.format == Card.Format.NUMBER:
        number = card.number
    elif card.format == Card.Format.WIEGAND_26 and abilities.facility_factor:
        number = card.facility * abilities.facility_factor + card.number
    else:
        return ""
    if abilities.list_of == ListOf.CARDS and number >= 2**32:
        return ""
    most = abilities.card_digits
    return str(number) if not most or len(str(number)) <= most else ""


def _card_entries(
    device: Device,
    abilities: DoorAbilities,
    access: Mapping[int, _Access],
    cards: Mapping[int, list[Card]],
) -> Iterable[Wanted]:
    for person, own in access.items():
        written = [(number_on(card, abilities), card) for card in cards.get(person, ())]
        usable = [(number, card) for number, card in written if number]
        if not (own.always or own.profiles):
            yield Wanted(str(-person), person, reason="profile")
        elif not usable:
            yield Wanted(str(-person), person, reason="card_format" if written else "no_card")
        else:
            for number, card in usable:
                yield Wanted(number, person, _card_content(device, own, card))


def _card_content(device: Device, own: _Access, card: Card) -> dict[str, Any]:
    begins, ends = _days(device, own)
    last = LAST_DAY if card.ends_on is None else card.ends_on - timedelta(days=1)
    profiles = {
        str(door): "+".join(map(str, sorted(keys)))
        for door, keys in sorted(own.profiles.items())
        if door not in own.always
    }
    return {
        "begins": max(begins, card.begins_on).isoformat(),
        "ends": min(ends, last).isoformat(),
        "doors": sorted(own.always),
        "profiles": profiles,
    }


def _days(device: Device, own: _Access) -> tuple[date, date]:
    zone = device.site.timezone
    begins = clock.local(own.begins, zone).date() if own.begins else FIRST_DAY
    ends = clock.local(own.end, zone).date() if own.end else LAST_DAY
    return begins, ends


def _person_entries(
    device: Device,
    abilities: DoorAbilities,
    access: Mapping[int, _Access],
    cards: Mapping[int, list[Card]],
) -> Iterable[Wanted]:
    faces: Mapping[int, int] = {}
    if "face" in abilities.means:
        faces = photos.source().enrolled(device.site_id, list(access))
    for person, own in access.items():
        written = []
        if "card" in abilities.means:
            written = [number_on(card, abilities) for card in cards.get(person, ())]
        number = next((each for each in written if each), "")
        face = faces.get(person, 0)
        if not own.always:
            yield Wanted(str(person), person, reason="profile")
        elif not (number or face):
            reason = "card_format" if written else "nothing_read"
            yield Wanted(str(person), person, reason=reason)
        else:
            yield Wanted(str(person), person, _person_content(own, number, face), face=face)


def _person_content(own: _Access, number: str, face: int) -> dict[str, Any]:
    content: dict[str, Any] = {"card": number, "face": face}
    if own.end is not None and own.begins is not None:
        content |= {"begins_at": own.begins.isoformat(), "ends_at": own.end.isoformat()}
    return content


def _with_digest(each: Wanted, name: str) -> Wanted:
    if not each.content:
        return each
    named = {**each.content, "name": name} if "card" in each.content else each.content
    plain = json.dumps(named, sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(plain.encode()).hexdigest()[:32]
    return Wanted(each.key, each.person, each.content, digest, each.face, each.reason)
