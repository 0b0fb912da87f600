"""The muster list: who is inside by area, in a constant number of statements."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.db.models import Max, Q, QuerySet

from access.models import Passage, VisitorPass
from core import clock
from core.models import Site
from core.plates import TEST_PLATE
from doors import inside
from doors.inside import Seen, Whereabouts
from doors.models import DoorPassage, Muster, MusterMark, MusterRules
from estate.models import Door, Lane
from people.models import Occupancy, Person, Vehicle
from people.periods import on_day

#: Who was last seen before then is not listed: nobody stays for so long without passing a door.
LOOK_BACK = timedelta(days=7)
_WAYS = (inside.IN, inside.OUT)


@dataclass(frozen=True)
class Entry:
    """One line of the muster list.

    Attributes:
        holder: who, as in `inside.Seen`; what a mark names.
        name: of the person or the visitor; empty of an unknown driver.
        reason: of a visit; empty of residents and drivers.
        belongs: where the person lives or works, or whom the visitor visits.
        area: the zone or building; empty: somewhere on the site.
        has_left: they were inside when the muster began, and were seen to leave since.
        mark: that they are safe.
    """

    holder: str
    name: str
    place: Whereabouts
    area: str
    plate: str = ""
    reason: str = ""
    belongs: str = ""
    phone: str = ""
    companions: int = 0
    has_left: bool = False
    mark: MusterMark | None = None

    @property
    def people(self) -> int:
        """How many people it stands for."""
        return 1 + self.companions

    @property
    def is_found(self) -> bool:
        """Whether nobody has to look for them."""
        return self.mark is not None or self.has_left

    @property
    def is_unsure(self) -> bool:
        """Whether they may have left unseen."""
        return bool(self.place.doubt) and not self.is_found

    @property
    def is_missing(self) -> bool:
        """Whether they have to be looked for first."""
        return not self.place.doubt and not self.is_found


def muster_rules(site: Site) -> MusterRules:
    """Return the rules of a site; the defaults where it has set none."""
    return MusterRules.objects.filter(site=site).first() or MusterRules(site=site)


def running(site: Site) -> Muster | None:
    """Return the muster that has begun and not ended."""
    return Muster.objects.filter(site=site, ended_at=None).select_related("begun_by").first()


def muster_list(site: Site, muster: Muster | None = None) -> list[Entry]:
    """Return who is inside, by area and name; for a muster also who was when it began.

    Args:
        muster: the one whose marks are shown; one that has ended is shown as it ended.
    """
    until = (muster and muster.ended_at) or clock.now()
    sure = timedelta(hours=muster_rules(site).sure_hours)
    sightings = _Sightings(site, until, muster.begun_at if muster else until)
    then = inside.whereabouts(sightings.then, sightings.buttons, sightings.begun_at - sure)
    now = inside.whereabouts(sightings.now, sightings.buttons, sightings.begun_at - sure)
    marks = _marks(muster)
    naming = _Naming(site, then.keys() | now.keys(), sightings)
    entries = [
        naming.entry(who, now.get(who) or then[who], who not in now, marks.get(who))
        for who in then.keys() | now.keys()
    ]
    return sorted(entries, key=lambda each: (each.area, each.name or each.plate, each.holder))


class _Sightings:
    """When everybody was last seen at doors and lanes: until a muster began, and since."""

    def __init__(self, site: Site, until: datetime, begun_at: datetime) -> None:
        self.begun_at = begun_at
        self.then: list[Seen] = []
        self.now: list[Seen] = []
        self.buttons: dict[str, datetime] = {}
        self.names: dict[str, str] = {}
        self.visits: dict[int, VisitorPass] = {}
        self.plates: dict[str, str] = {}
        self.spellings: dict[str, str] = {}
        self._since, self._until = until - LOOK_BACK, until
        self._at_doors(site)
        self._of_visits(site)
        self._at_lanes(site)

    def _add(self, *seen: str, then: datetime | None, now: datetime | None, **more: bool) -> None:
        """Add when somebody was last seen before the begin, and at all."""
        holder, area, way = seen
        for rows, at in ((self.then, then), (self.now, now)):
            if at is not None:
                rows.append(Seen(holder, area, way, at, **more))

    def _at_doors(self, site: Site) -> None:
        areas = self._areas(site)
        who = Q(person__isnull=False) | Q(visit__isnull=False) | Q(means="button")
        rows = DoorPassage.objects.filter(
            who, site=site, granted=True, at__gt=self._since, at__lte=self._until
        )
        kept = ("person", "visit", "door", "direction")
        for each in rows.values(*kept).annotate(**self._times("at")).order_by():
            area = areas.get(each["door"], inside.WHOLE_SITE)
            way = each["direction"] if each["direction"] in _WAYS else ""
            holder = _holder(each["person"], each["visit"])
            if holder:
                self._add(holder, area, way, then=each["then"], now=each["now"])
            elif each["then"] is not None:
                self.buttons[area] = max(each["then"], self.buttons.get(area, each["then"]))

    def _areas(self, site: Site) -> dict[int, str]:
        found = {}
        rows = Door.objects.filter(site=site).select_related("zone", "building")
        for door in rows.defer("building__outline"):
            place = door.zone or door.building
            if place is not None:
                found[door.pk] = f"{'zone' if door.zone_id else 'building'}-{place.pk}"
                self.names[found[door.pk]] = str(place)
        return found

    def _of_visits(self, site: Site) -> None:
        entered = Q(entered_at__gt=self._since, entered_at__lte=self._until)
        left = Q(left_at__gt=self._since, left_at__lte=self._until)
        rows = VisitorPass.objects.filter(entered | left, site=site)
        for visit in rows.select_related("unit__building", "company", "host"):
            self.visits[visit.pk] = visit
            if visit.folded:
                self.plates[visit.folded] = _holder(None, visit.pk)
            holder = _holder(None, visit.pk)
            for way, at in ((inside.IN, visit.entered_at), (inside.OUT, visit.left_at)):
                then = at if at is not None and at <= self.begun_at else None
                self._add(holder, inside.WHOLE_SITE, way, then=then, now=at)
            if visit.entered_at is None and visit.left_at and visit.left_at > self.begun_at:
                # When they came in is not kept; who has left since was inside.
                self.then.append(Seen(holder, inside.WHOLE_SITE, inside.IN, self.begun_at))

    def _at_lanes(self, site: Site) -> None:
        rows = Passage.objects.filter(
            site=site, state=Passage.State.PASSED, seen_at__gt=self._since, seen_at__lte=self._until
        )
        rows = rows.exclude(folded="").exclude(plate=TEST_PLATE)
        ways: dict[str, str] = {Lane.Direction.ENTRY: inside.IN, Lane.Direction.EXIT: inside.OUT}
        by_plate = rows.values("folded", "direction").order_by()
        times = {"spelling": Max("plate"), **self._times("seen_at")}
        found: Iterable[Any] = by_plate.annotate(**times)
        self.plates = _drivers(site) | self.plates
        for each in found:
            self.spellings[each["folded"]] = each["spelling"]
            holder = self.plates.get(each["folded"], f"plate-{each['folded']}")
            way = ways[each["direction"]]
            if not holder.startswith("visit-"):  # their entries and exits are counted already
                latest = {"then": each["then"], "now": each["now"]}
                self._add(holder, inside.WHOLE_SITE, way, **latest, by_car=True)

    def _times(self, field: str) -> dict[str, Max]:
        begun = Q(**{f"{field}__lte": self.begun_at})
        return {"then": Max(field, filter=begun), "now": Max(field)}


class _Naming:
    """What the people on the list are called, and where they belong."""

    def __init__(self, site: Site, holders: Iterable[str], sightings: _Sightings) -> None:
        keys: dict[str, list[str]] = defaultdict(list)
        for holder in holders:
            kind, _dash, key = holder.partition("-")
            keys[kind].append(key)
        people = [int(key) for key in keys["person"]]
        visits = {int(key) for key in keys["visit"]}
        self._areas, self._visits = sightings.names, dict(sightings.visits)
        missing = visits - self._visits.keys()
        if missing:
            rows = VisitorPass.objects.filter(pk__in=missing)
            self._visits |= rows.select_related("unit__building", "company", "host").in_bulk()
        self._people = Person.objects.filter(pk__in=people).in_bulk()
        self._homes = _homes(site, people)
        self._spellings = sightings.spellings

    def entry(self, who: str, place: Whereabouts, has_left: bool, mark: MusterMark | None) -> Entry:
        """Return the line of somebody."""
        kind, _dash, key = who.partition("-")
        area = self._areas.get(place.area, "")
        more: dict[str, Any] = {"has_left": has_left, "mark": mark}
        if kind == "plate":
            return Entry(who, "", place, area, plate=self._spellings.get(key, key), **more)
        if kind == "visit":
            return _visitor(who, self._visits[int(key)], place, area, more)
        person = self._people[int(key)]
        return Entry(
            who,
            person.name,
            place,
            area,
            belongs=self._homes.get(person.pk, ""),
            phone=person.phone,
            **more,
        )


def _visitor(
    who: str, visit: VisitorPass, place: Whereabouts, area: str, more: dict[str, Any]
) -> Entry:
    return Entry(
        who,
        visit.visitor_name or visit.plate,
        place,
        area,
        plate=visit.plate,
        reason=visit.reason,
        belongs=str(visit.unit or visit.company or visit.host or ""),
        phone=visit.phone,
        companions=visit.companions,
        **more,
    )


def _homes(site: Site, people: list[int]) -> dict[int, str]:
    """Return where people live or work today; of several units the first."""
    day = clock.local(clock.now(), site.timezone).date()
    rows = Occupancy.objects.filter(on_day(day), person__in=people, unit__isnull=False)
    rows = rows.select_related("unit__building").defer("unit__building__outline").order_by("-pk")
    return {cast("int", each.person_id): str(each.unit) for each in rows}


def _drivers(site: Site) -> dict[str, str]:
    """Return to whom the cars of people are registered, by folded plate."""
    lasting = Q(ends_at=None) | Q(ends_at__gt=clock.now())
    rows: QuerySet[Vehicle] = Vehicle.objects.filter(lasting, site=site, person__isnull=False)
    return {
        folded: _holder(person, None) for folded, person in rows.values_list("folded", "person")
    }


def _marks(muster: Muster | None) -> Mapping[str, MusterMark]:
    if muster is None:
        return {}
    return {holder_of(mark): mark for mark in muster.marks.select_related("by")}


def holder_of(mark: MusterMark) -> str:
    """Return whom a mark names."""
    return _holder(mark.person_id, mark.visit_id) or f"plate-{mark.plate}"


def _holder(person: int | None, visit: int | None) -> str:
    if visit is not None:
        return f"visit-{visit}"
    return f"person-{person}" if person is not None else ""


def by_area(entries: Iterable[Entry]) -> Iterator[tuple[str, list[Entry]]]:
    """Yield the entries of each area, in the order of the list."""
    found: dict[str, list[Entry]] = defaultdict(list)
    for each in entries:
        found[each.area].append(each)
    yield from sorted(found.items())
