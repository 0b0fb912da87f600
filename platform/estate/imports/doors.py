"""The list of doors: one a row, with its building, zone and group."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core import audit
from core.errors import Rejection
from core.imports import (
    Effect,
    ImportKind,
    Outcome,
    Staged,
    Values,
    Verdict,
    changed_since,
    in_use,
)
from core.models import Site, User
from core.tables import Choice, Code, Text, WholeNumber, YesNo
from estate import services
from estate.models import Building, Door, DoorGroup, Zone
from estate.permissions import EstatePermission
from estate.services.doors import LONGEST_HELD_S, LONGEST_UNLOCK_S
from estate.unit_lookup import building_column

_PLAIN = (
    *("name", "type", "directions", "decides", "unlock_seconds", "held_open_seconds"),
    "second_factor",
)
_PLACES: Mapping[str, type[Building] | type[Zone]] = {"building": Building, "zone": Zone}


class DoorsList(ImportKind):
    """One door a row, by its code."""

    code = "doors"
    title = gettext_lazy("Doors for people")
    about = gettext_lazy(
        "One door per row. Zones and groups of doors that don't exist yet are created."
    )
    permission = EstatePermission.MANAGE_PLACES
    order = 2
    columns = (
        Code(
            code="code",
            title=gettext_lazy("Code"),
            help=gettext_lazy("Letters, digits, hyphens; unique at the site."),
            required=True,
            longest=20,
            aliases=("编号", "门编号", "door"),
            example="h3-front",
        ),
        Text(
            code="name",
            title=gettext_lazy("Name"),
            help=gettext_lazy("A new door without it is called by its code."),
            longest=80,
            aliases=("名称", "门名称"),
            example="House 3",
        ),
        Choice(
            code="type",
            title=gettext_lazy("Type"),
            help=gettext_lazy("A new door without it is an entrance."),
            choices=dict(Door.Type.choices),
            also={
                **dict.fromkeys(("单元门", "大门"), Door.Type.ENTRANCE.value),
                **dict.fromkeys(("电梯",), Door.Type.LIFT.value),
                **dict.fromkeys(("闸机", "翼闸"), Door.Type.TURNSTILE.value),
                **dict.fromkeys(("人行门",), Door.Type.PEOPLE_GATE.value),
            },
            aliases=("类型",),
            example="entrance",
        ),
        building_column(),
        Code(
            code="zone",
            title=gettext_lazy("Zone"),
            help=gettext_lazy("The code of the zone that it leads into."),
            longest=20,
            aliases=("区域",),
            example="court",
        ),
        Code(
            code="group",
            title=gettext_lazy("Group of doors"),
            help=gettext_lazy("The code of a group to which it belongs."),
            longest=20,
            aliases=("门组",),
            example="houses",
        ),
        Choice(
            code="directions",
            title=gettext_lazy("Directions"),
            choices=dict(Door.Directions.choices),
            aliases=("方向",),
            example="both",
        ),
        Choice(
            code="decides",
            title=gettext_lazy("Who decides"),
            choices=dict(Door.Decides.choices),
            aliases=("判定",),
            example="server",
        ),
        WholeNumber(
            code="unlock_seconds",
            title=gettext_lazy("Unlocked for (s)"),
            help=gettext_lazy("Empty: as the device is set up."),
            minimum=1,
            maximum=LONGEST_UNLOCK_S,
            aliases=("开锁时长",),
            example="5",
        ),
        WholeNumber(
            code="held_open_seconds",
            title=gettext_lazy("Held open after (s)"),
            help=gettext_lazy("Empty: as the device is set up."),
            minimum=1,
            maximum=LONGEST_HELD_S,
            aliases=("门未关超时",),
            example="60",
        ),
        YesNo(
            code="second_factor",
            title=pgettext_lazy("of a door", "Second factor"),
            help=gettext_lazy("Whether it asks for one."),
            aliases=("双重验证",),
        ),
    )

    def key(self, values: Values) -> str:
        """Return the door's code."""
        return str(values["code"])

    def check(self, site: Site, rows: Sequence[Staged], earlier: Sequence[Staged]) -> list[Verdict]:
        """Compare doors with those of the site."""
        codes = [row.values["code"] for row in rows]
        found = Door.objects.filter(site=site, code__in=codes).select_related("building", "zone")
        doors = {door.code: door for door in found.prefetch_related("groups")}
        places = {name: _by_code(model, site, rows, name) for name, model in _PLACES.items()}
        places["group"] = _by_code(DoorGroup, site, rows, "group")
        return [_verdict(row.values, doors.get(row.values["code"]), places) for row in rows]

    def apply(
        self, site: Site, actor: User, rows: Sequence[tuple[Staged, Verdict]]
    ) -> list[Effect]:
        """Create and change doors, with their zones and groups."""
        effects: list[Effect] = []
        for row, verdict in rows:
            zone = _zone(site, actor, row.values.get("zone"), effects)
            if verdict.outcome == Outcome.NEW:
                door = _create(site, actor, row.values, zone)
                effects.append(Effect("door", door.pk))
                code = row.values.get("group")
            else:
                door, changes = verdict.target, dict(verdict.changes)
                code = (changes.pop("group", None) or (None, None))[1]
                effects += _change(door, actor, changes, zone)
            if code:
                _join(site, actor, door, code, effects)
        return effects

    def undo(self, site: Site, actor: User, effects: Sequence[Effect]) -> None:
        """Take doors out of groups, restore changed values, and remove what was created."""
        for effect in effects:
            if effect.subject_type == "door_in_group":
                group = DoorGroup.objects.get(site=site, pk=effect.after["group"])
                group.doors.remove(effect.subject_id)
            elif effect.before:
                _restore(site, actor, effect)
            else:
                _remove(site, actor, effect)


def _by_code(model: type[Any], site: Site, rows: Sequence[Staged], column: str) -> dict[str, Any]:
    codes = {row.values.get(column) for row in rows} - {None}
    return {each.code: each for each in model._default_manager.filter(site=site, code__in=codes)}


def _verdict(values: Values, door: Door | None, places: Mapping[str, Any]) -> Verdict:
    verdict = Verdict(target=door)
    for column, known in places.items():
        code = values.get(column)
        place = known.get(code) if code else None
        if place is not None and place.ended_at is not None:
            verdict.reject(_ended(column, str(place)))
        elif code and place is None and column == "building":
            verdict.reject(_unknown(column, code))
    if door is not None and door.ended_at is not None:
        verdict.reject(_ended("code", str(door)))
    if door is not None and not verdict.problems:
        groups = {group.code for group in door.groups.all()}
        before = {name: getattr(door, name) for name in _PLAIN}
        before |= {name: getattr(place, "code", None) for name, place in _places(door).items()}
        before["group"] = values.get("group") if values.get("group") in groups else None
        verdict.compare(before, values)
    return verdict


def _places(door: Door) -> dict[str, Any]:
    return {"building": door.building, "zone": door.zone}


def _zone(site: Site, actor: User, code: str | None, effects: list[Effect]) -> Zone | None:
    """Return the zone of a code, created if there is none."""
    if not code:
        return None
    zone = Zone.objects.filter(site=site, code=code).first()
    if zone is None:
        zone = services.create_zone(site, actor, code=code, name=code)
        effects.append(Effect("zone", zone.pk))
    return zone


def _create(site: Site, actor: User, values: Values, zone: Zone | None) -> Door:
    given = {name: values[name] for name in _PLAIN if values.get(name) is not None}
    given.setdefault("name", values["code"])
    building = Building.objects.filter(site=site, code=values.get("building") or "").first()
    return services.create_door(
        site, actor, code=values["code"], building=building, zone=zone, **given
    )


def _change(
    door: Door, actor: User, changes: Mapping[str, tuple[Any, Any]], zone: Zone | None
) -> list[Effect]:
    if not changes:
        return []
    values = {name: new for name, (_old, new) in changes.items()}
    if "zone" in values:
        values["zone"] = zone
    if "building" in values:
        values["building"] = Building.objects.get(site=door.site_id, code=values["building"])
    services.change_door(door, actor, **values)
    before = {name: old for name, (old, _new) in changes.items()}
    after = {name: new for name, (_old, new) in changes.items()}
    return [Effect("door", door.pk, before, after)]


def _join(site: Site, actor: User, door: Door, code: str, effects: list[Effect]) -> None:
    """Add a door to a group, which is created if there is none."""
    group = DoorGroup.objects.filter(site=site, code=code).first()
    if group is None:
        group = services.create_door_group(site, actor, code=code, name=code)
        effects.append(Effect("door_group", group.pk))
    services.set_doors(group, actor, [*group.doors.all(), door])
    effects.append(Effect("door_in_group", door.pk, {"group": None}, {"group": group.pk}))


def _restore(site: Site, actor: User, effect: Effect) -> None:
    door = Door.objects.select_related("building", "zone").get(site=site, pk=effect.subject_id)
    now = {name: getattr(door, name) for name in _PLAIN}
    now |= {name: getattr(place, "code", None) for name, place in _places(door).items()}
    if any(now[name] != value for name, value in effect.after.items()):
        raise changed_since(str(door))
    values = dict(effect.before)
    for name, model in _PLACES.items():
        if name in values:
            places = model._default_manager.filter(site=site)
            values[name] = places.get(code=values[name]) if values[name] else None
    services.change_door(door, actor, **values)


def _remove(site: Site, actor: User, effect: Effect) -> None:
    """Remove a door, a zone or a group that the list has created."""
    model: Any = {"door": Door, "zone": Zone, "door_group": DoorGroup}[effect.subject_type]
    place = model.objects.get(site=site, pk=effect.subject_id)
    if services.is_referred_to(place):
        raise in_use(str(place))
    audit.record(site, actor, "undo import", (place.kind, place.pk), code=place.code)
    place.delete()


def _ended(field: str, place: str) -> Rejection:
    return Rejection(
        field,
        "has_ended",
        _("%(place)s has ended") % {"place": place},
        _("choose another one, or use it again first"),
    )


def _unknown(field: str, code: str) -> Rejection:
    return Rejection(
        field,
        "unknown",
        _("the site has no building “%(code)s”") % {"code": code},
        _("add the building first, or correct its code"),
    )
