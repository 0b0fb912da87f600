"""Compare a plan with the places of its site: what publishing it would create, move and remove."""

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Rejection
from core.models import Site
from core.text_lists import joined
from estate.models import Bay, Building, Gate, Lot, Place
from estate.plans.features import Feature, Key, key_of, label_of
from estate.selectors import rings
from gis import geojson
from gis.frames import LocalFrame
from gis.validity import contains

# A place that is nearer to where it was has not moved; metres.
_STILL = 0.05
# A plan so far from the site's position probably has wrong coordinates; metres.
_FAR = 5000.0
#: Places of a plan in the order in which they are created: a bay needs its lot.
PLACES = ("building", "lot", "gate", "bay")


@dataclass(frozen=True)
class Match:
    """A feature of a plan and the place that its code names; None: publishing creates it."""

    feature: Feature
    place: Place | None

    @cached_property
    def distance(self) -> float:
        """Return how far publishing moves the place, in metres; infinite if it was not drawn."""
        return _distance(geometry_of(self.place), self.feature["geometry"]) if self.place else 0.0

    @property
    def new_values(self) -> dict[str, Any]:
        """Return the name and the capacity that the plan has and its place has not."""
        properties = self.feature["properties"]
        wanted = {name: properties[name] for name in ("name", "capacity") if name in properties}
        return {name: value for name, value in wanted.items() if getattr(self.place, name) != value}

    @property
    def label(self) -> str:
        """Return what it is called."""
        return _label(self.feature)


@dataclass(frozen=True)
class PlanChanges:
    """What publishing a plan would do.

    Attributes:
        matches: its features with the places that they name, without roads and areas.
        undrawn: places on the map that the plan does not have; they stay in all lists.
        rejections: what has to be corrected before.
        warnings: sentences about what may be a mistake.
    """

    matches: tuple[Match, ...]
    undrawn: tuple[Place, ...]
    rejections: tuple[Rejection, ...] = ()
    warnings: tuple[str, ...] = field(default=())

    @property
    def created(self) -> list[Match]:
        """Return the features of places that the site does not have."""
        return [match for match in self.matches if match.place is None]

    @property
    def drawn(self) -> list[Match]:
        """Return those of places that had no outline."""
        return [match for match in self.matches if match.distance == math.inf]

    @property
    def moved(self) -> list[Match]:
        """Return those of places that move or change their outline."""
        return [match for match in self.matches if _STILL < match.distance < math.inf]

    @property
    def renamed(self) -> list[Match]:
        """Return those of places whose name or capacity changes."""
        return [match for match in self.matches if match.place and match.new_values]

    @property
    def is_empty(self) -> bool:
        """Return whether publishing changes no place."""
        return not (self.created or self.drawn or self.moved or self.renamed or self.undrawn)


def compare(site: Site, features: list[Feature]) -> PlanChanges:
    """Return what publishing these features would change."""
    known = places_of(site)
    wanted = {key_of(feature): feature for feature in features}
    matches = tuple(
        Match(feature, known.get(key))
        for kind in PLACES
        for key, feature in wanted.items()
        if key[0] == kind
    )
    undrawn = tuple(
        place
        for key, place in known.items()
        if key not in wanted and place.ended_at is None and geometry_of(place)
    )
    rejections = (*_ended(matches), *_missing_lots(wanted, known), *_no_capacity(matches, wanted))
    return PlanChanges(matches, undrawn, rejections, _warnings(site, features))


def places_of(site: Site) -> dict[Key, Any]:
    """Return the site's places by their key in a plan, in order, with those that have ended."""
    bays = Bay.objects.filter(lot__site=site).select_related("lot").order_by("lot__code", "code")
    by_code = {
        (place.kind, "", place.code): place
        for model in (Building, Lot, Gate)
        for place in model.objects.filter(site=site).order_by("code")
    }
    return by_code | {("bay", bay.lot.code, bay.code): bay for bay in bays}


def geometry_of(place: Any) -> dict[str, Any] | None:
    """Return where a place stands on the map; None if it is not drawn."""
    if isinstance(place, Gate):
        if place.longitude is None or place.latitude is None:
            return None
        return geojson.point(place.longitude, place.latitude)
    return geojson.polygon(rings(place.outline)) if place.outline else None


def _ended(matches: tuple[Match, ...]) -> list[Rejection]:
    ended = [match.feature for match in matches if match.place and match.place.ended_at]
    hint = _("use the place again, or choose another code")
    return [
        Rejection("code", "has_ended", _("%(place)s has ended") % {"place": _label(each)}, hint)
        for each in ended
    ]


def _missing_lots(wanted: dict[Key, Feature], known: dict[Key, Place]) -> list[Rejection]:
    named = {lot for kind, lot, _code in wanted if kind == "bay"}
    in_use = {code for (kind, _lot, code), place in known.items() if not place.ended_at}
    drawn = {code for kind, _lot, code in wanted if kind == "lot"}
    return [
        Rejection(
            "lot",
            "unknown_lot",
            _("no car park has the code %(code)s") % {"code": lot},
            _("draw it, or choose another car park for its bays"),
        )
        for lot in sorted(named - drawn - in_use)
    ]


def _no_capacity(matches: tuple[Match, ...], wanted: dict[Key, Feature]) -> list[Rejection]:
    with_bays = {lot for kind, lot, _code in wanted if kind == "bay"}
    return [
        Rejection(
            "capacity",
            "missing",
            _("%(place)s has neither bays nor a capacity") % {"place": _label(match.feature)},
            _("enter its capacity"),
        )
        for match in matches
        if match.place is None
        and match.feature["properties"]["kind"] == "lot"
        and "capacity" not in match.feature["properties"]
        and match.feature["properties"]["code"] not in with_bays
    ]


def _warnings(site: Site, features: list[Feature]) -> tuple[str, ...]:
    box = geojson.bounds(feature["geometry"] for feature in features)
    warnings = []
    if box and (site.longitude or site.latitude):
        frame = LocalFrame(site.longitude, site.latitude)
        away = math.hypot(*frame.to_metres(((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)))
        if away > _FAR:
            text = _("The plan is %(km)s km away from the position of the site.")
            warnings.append(text % {"km": round(away / 1000)})
    outside = _outside(features)
    if outside:
        text = _("Outside the outline of their car park: %(bays)s")
        warnings.append(text % {"bays": joined(outside)})
    return tuple(warnings)


def _outside(features: list[Feature]) -> list[str]:
    """Return the codes of bays whose middle is outside their lot."""
    lots = {
        key_of(each)[2]: each["geometry"]["coordinates"][0]
        for each in features
        if each["properties"]["kind"] == "lot"
    }
    return [
        each["properties"]["code"]
        for each in features
        if each["properties"].get("lot") in lots
        and not contains(lots[each["properties"]["lot"]], _middle(each["geometry"]))
    ]


def _middle(geometry: dict[str, Any]) -> tuple[float, float]:
    corners = geometry["coordinates"][0][:-1]
    xs, ys = zip(*corners, strict=True)
    return sum(xs) / len(xs), sum(ys) / len(ys)


def _distance(before: dict[str, Any] | None, after: dict[str, Any]) -> float:
    """Return the largest distance between corners in metres; without equal corners, of middles."""
    if before is None:
        return math.inf
    if before["type"] == "Point":
        return _metres(before["coordinates"], after["coordinates"])
    old, new = before["coordinates"][0], after["coordinates"][0]
    if len(old) != len(new) or len(before["coordinates"]) != len(after["coordinates"]):
        return max(_metres(_middle(before), _middle(after)), 2 * _STILL)
    return max(_metres(mine, its) for mine, its in zip(old, new, strict=True))


def _metres(start: Any, end: Any) -> float:
    return math.hypot(*LocalFrame(*start[:2]).to_metres(end))


def _label(feature: Feature) -> str:
    properties = feature["properties"]
    return label_of(properties["kind"], properties["code"])
