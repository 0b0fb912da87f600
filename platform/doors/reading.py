"""Collect what the checks need about a person at a door, with few statements."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from devices.models import Device
from doors import admission, codes, profiles
from doors.context import DoorContext, DoorFacts, GroupFacts, Passed, Shown
from doors.models import Card
from doors.visits import entries
from estate.door_abilities import abilities_of

# These run for every person at every door; as plain SQL they spare the time of building a query.
_DOOR = """
SELECT door.id, door.site_id, site.timezone, door.name, served.direction, door.directions,
       door.zone_id, zone.people_limit, door.second_factor, door.unlock_seconds,
       door.held_open_seconds, profile.id, profile.windows::json, profile.exceptions::json,
       profile.first_on, profile.last_on, profile.holiday_windows::json,
       CASE WHEN profile.holiday_windows IS NOT NULL THEN
           (SELECT json_object_agg(day, weekday) FROM estate_calendarday
            WHERE site_id = door.site_id)
       END,
       (SELECT json_agg(json_build_array(grouped.id, grouped.passback,
            grouped.forgiven_after_hours, state.fire_since IS NOT NULL,
            state.locked_since IS NOT NULL) ORDER BY grouped.id)
        FROM estate_doorgroup_doors AS part
        JOIN estate_doorgroup AS grouped ON grouped.id = part.doorgroup_id
        LEFT JOIN doors_groupstate AS state ON state.group_id = grouped.id
        WHERE part.door_id = door.id AND grouped.ended_at IS NULL), door.type
FROM estate_door AS door JOIN core_site AS site ON site.id = door.site_id
LEFT JOIN estate_doordevice AS served ON served.door_id = door.id AND {served}
LEFT JOIN estate_zone AS zone ON zone.id = door.zone_id
LEFT JOIN doors_openhours AS hours ON hours.door_id = door.id
LEFT JOIN doors_timeprofile AS profile ON profile.id = hours.profile_id
WHERE door.ended_at IS NULL AND {wanted}
"""
_OF_DEVICE = _DOOR.format(
    served="served.device_id = %(device)s AND served.number = %(number)s",
    wanted="served.id IS NOT NULL",
)
_OF_KEY = _DOOR.format(served="false", wanted="door.id = %(door)s")
_CARDS = """
SELECT id, person_id, state, begins_on, ends_on FROM doors_card
WHERE site_id = %s AND state IN ('active', 'suspended', 'lost')
  AND (format, facility, number) IN %s
ORDER BY (format <> 'number') DESC, id LIMIT 1
"""
_TOKENS = """
SELECT token.id, token.person_id, token.state, token.begins_on, token.ends_on,
       token.locked_at IS NOT NULL, {is_duress}, token.means,
       EXISTS (SELECT FROM doors_codeuse AS used WHERE used.token_id = token.id
               AND used.door_id = %(door)s AND used.step = %(step)s),
       token.visit_id, token.door_id, token.is_single_use
FROM {tables} WHERE token.site_id = %(site)s AND {wanted}
"""
_BY_PIN = _TOKENS.format(
    is_duress="pin.is_duress",
    tables="doors_pindigest AS pin JOIN doors_token AS token ON token.id = pin.token_id",
    wanted="pin.site_id = %(site)s AND pin.digest = %(digest)s",
)
_BY_KEY = _TOKENS.format(
    is_duress="false", tables="doors_token AS token", wanted="token.id = %(token)s"
)
# Where a row of those says that the code has opened the door in its step.
_IS_USED = 8
_PERSON = """
SELECT person.id, EXISTS (
    SELECT FROM doors_facetemplate AS face WHERE face.person_id = person.id
      AND (face.ends_at IS NULL OR face.ends_at > now()))
FROM people_person AS person
WHERE person.site_id = %s AND person.id = %s AND person.erased_at IS NULL
"""
_LOCK = "SELECT pg_advisory_xact_lock(hashtext(name)) FROM unnest(%s) AS name"
_PASSED = """
SELECT group_id, direction, at, forgiven_by <> '' FROM doors_lastpass
WHERE {holder} = %s AND group_id = ANY (%s)
"""
_INSIDE = """
SELECT count(*) + coalesce(sum(visit.companions), 0) FROM doors_presence AS present
LEFT JOIN access_visitorpass AS visit ON visit.id = present.visit_id
WHERE present.zone_id = %s AND present.{holder} IS DISTINCT FROM %s AND present.at > %s
"""
_UNKNOWN_PINS = """
SELECT count(*) FROM doors_doorpassage
WHERE door_id = %s AND at > %s AND means = 'pin' AND rule = 'unknown'
"""
_NUMBER = re.compile(r"(?:(\d{1,5})-)?(\d{1,18})", re.ASCII)
_KEY = re.compile(r"[1-9]\d{0,17}", re.ASCII)
#: Who has not been seen at a door for so long is no longer counted as inside.
STALE = timedelta(hours=24)
#: Unknown PINs are counted for so long.
PIN_PAUSE = timedelta(minutes=5)
_BOTH = "both"


def door_of_device(device_id: int, number: int, said: str) -> DoorFacts | None:
    """Return the door that a device serves by one of its own.

    Args:
        said: the direction that the device reports; empty if it does not know.
    """
    return _door(_OF_DEVICE, {"device": device_id, "number": number}, said)


def door_of_key(door_id: int, direction: str = "") -> DoorFacts | None:
    """Return a door by its key, for people whom no device has seen."""
    return _door(_OF_KEY, {"door": door_id}, direction)


def _door(query: str, values: dict[str, int], said: str) -> DoorFacts | None:
    row = _first(query, values)
    if row is None:
        return None
    pk, site, timezone, name, served, directions, zone, limit, second, unlock, held, *more = row
    profile_pk, *stored, groups, door_type = more
    hours = None if profile_pk is None else profiles.from_row(timezone, stored)
    known = (each for each in (said, served, directions) if each and each != _BOTH)
    return DoorFacts(
        pk=pk,
        site_id=site,
        timezone=timezone,
        name=name,
        direction=next(known, ""),
        zone=zone,
        people_limit=limit,
        second_factor=second,
        unlock_seconds=unlock,
        held_open_seconds=held,
        open_hours=hours,
        groups=tuple(_group(*each) for each in groups or ()),
        type=door_type,
    )


def _group(
    pk: int, passback: str, hours: int | None, is_released: bool, is_locked: bool
) -> GroupFacts:
    forgiven = None if hours is None else timedelta(hours=hours)
    return GroupFacts(pk, passback, forgiven, is_released, is_locked)


def find(
    site_id: int, device: Device | None, door: DoorFacts | None, means: str, text: str
) -> Shown | None:
    """Return the credential that a text names at a site, if it is known.

    Args:
        device: which has read it: makers write cards differently.
    """
    if means == "card":
        return _card(site_id, device, text)
    if means == "pin" and codes.is_pin(text):
        values = {"digest": codes.pin_digest(site_id, text)}
        return _token(_BY_PIN, site_id, door, means, values)
    if means in ("qr", "phone"):
        return _code(site_id, door, means, text)
    return _face(site_id, text) if means == "face" else None


def _card(site_id: int, device: Device | None, text: str) -> Shown | None:
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        return None
    facility, number = found[1], int(found[2])
    factor = abilities_of(device).facility_factor if device else 0
    row = _first(_CARDS, [site_id, _numbers(facility, number, factor)])
    if row is None:
        return None
    pk, person, state, begins_on, ends_on = row
    return Shown("card", person, card=pk, state=state, begins_on=begins_on, ends_on=ends_on)


def _numbers(facility: str | None, number: int, factor: int) -> tuple[tuple[str, int, int], ...]:
    """Return as which cards a number may be registered: format, facility code, number."""
    if facility is not None:
        wiegand = (Card.Format.WIEGAND_26.value, Card.Format.WIEGAND_34.value)
        return tuple((each, int(facility), number) for each in wiegand)
    plain = (Card.Format.NUMBER.value, 0, number)
    if not factor:
        return (plain,)
    return (Card.Format.WIEGAND_26.value, *divmod(number, factor)), plain


def _code(site_id: int, door: DoorFacts | None, means: str, text: str) -> Shown | None:
    code = codes.read_code(site_id, text.strip())
    if code is None:
        return None
    values = {"token": code.token, "step": code.step}
    shown = _token(_BY_KEY, site_id, door, means, values)
    return None if shown is None else replace(shown, code=code)


def _token(
    query: str, site_id: int, door: DoorFacts | None, means: str, values: dict[str, Any]
) -> Shown | None:
    row = _first(
        query, {"site": site_id, "door": door.pk if door else None, "step": None, **values}
    )
    if row is None:
        return None
    pk, person, state, begins_on, ends_on, is_locked, is_duress, stored, is_used, *more = row
    visit, only_door, is_single_use = more
    if stored != means:
        return None
    return Shown(
        means,
        person,
        token=pk,
        state=state,
        begins_on=begins_on,
        ends_on=ends_on,
        is_locked=is_locked,
        is_duress=is_duress,
        is_used=is_used,
        visit=visit,
        only_door=only_door,
        is_single_use=is_single_use,
    )


def _face(site_id: int, text: str) -> Shown | None:
    """Return the person whom a terminal has recognised, by the key under which it knows them.

    Without a face enrolled here, which takes a consent, it has ended.
    """
    row = _first(_PERSON, [site_id, int(text)]) if _KEY.fullmatch(text) else None
    if row is None:
        return None
    person, is_enrolled = row
    return Shown("face", person, state="active" if is_enrolled else "ended")


def complete(context: DoorContext) -> None:
    """Read what depends on the person and the door: rights, passes, who is inside.

    In the caller's transaction, who asks passes no other door meanwhile, nor does anybody else take
    the zone's last place.
    """
    door, shown = context.door, context.shown
    if door is None:
        return
    if context.means == "pin" and shown is None:
        since = context.at - PIN_PAUSE
        context.unknown_pins = _number(_UNKNOWN_PINS, [door.pk, since])
    if shown is None:
        return
    _lock(door, shown)
    if shown.code is not None:
        context.shown = replace(shown, is_used=_is_used(door, shown))
    groups = [group.pk for group in door.groups]
    if shown.visit is not None:
        context.visit = entries.visit_at(shown.visit, door, context.at)
    context.rights = _rights(door, shown, groups, context.at)
    holder, key = ("visit_id", shown.visit) if shown.visit else ("person_id", shown.person)
    watched = [group.pk for group in door.groups if group.passback != "off"]
    if watched:
        rows = _rows(_PASSED.format(holder=holder), [key, watched])
        context.passed = {pk: Passed(*more) for pk, *more in rows}
    if door.people_limit is not None:
        context.inside = _number(
            _INSIDE.format(holder=holder), [door.zone, key, context.at - STALE]
        )


def _rights(
    door: DoorFacts, shown: Shown, groups: Sequence[int], at: datetime
) -> Sequence[admission.RightInForce]:
    if shown.visit is not None:
        return admission.rights_of_visit(shown.visit, groups, at)
    if shown.person is None:
        return ()
    return admission.rights_of(shown.person, door.site_id, door.timezone, groups, at)


def _lock(door: DoorFacts, shown: Shown) -> None:
    """Let nobody else decide about this person, or about a zone with a limit, meanwhile."""
    names = [f"door visit {shown.visit}" if shown.visit else f"door person {shown.person}"]
    if door.people_limit is not None:
        names.append(f"door zone {door.zone}")
    _rows(_LOCK, [names])


def _is_used(door: DoorFacts, shown: Shown) -> bool:
    """Whether the code has opened the door; read again once nobody else decides about it."""
    assert shown.code is not None  # noqa: S101 - the caller has checked it
    values = {"site": door.site_id, "door": door.pk, "step": shown.code.step, "token": shown.token}
    row = _first(_BY_KEY, values)
    return bool(row and row[_IS_USED])


def _number(query: str, values: Sequence[Any]) -> int:
    return int(_rows(query, values)[0][0])


def _first(query: str, values: Sequence[Any] | dict[str, Any]) -> Any:
    rows = _rows(query, values)
    return rows[0] if rows else None


def _rows(query: str, values: Sequence[Any] | dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()
