"""Create and change time profiles, and when doors are open to all."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit, live, revisions, undo
from core.errors import Rejection
from core.events import publish
from core.models import Site
from devices.drivers.contract import DoorSetting
from doors import profiles
from doors.events import TimeProfileChanged
from doors.models import OpenHours, TimeProfile
from doors.topics import RIGHT
from estate.door_abilities import require_settings
from estate.models import Door
from estate.services.common import Actor, insert, taken
from estate.topics import DOOR

Plain = Sequence[Mapping[str, Any]]
MOST_WINDOWS, MOST_EXCEPTIONS = 60, 200
LONGEST_NAME = 80


def as_profile(
    row: TimeProfile, zone: str, calendar: profiles.Calendar | None = None
) -> profiles.Profile:
    """Return a stored profile by the clock of a time zone, and by a site's calendar."""
    more = (row.first_on, row.last_on, row.holiday_windows, calendar)
    return profiles.from_plain(zone, row.windows, row.exceptions, *more)


@transaction.atomic
def create_profile(
    site: Site,
    actor: Actor,
    *,
    name: str,
    windows: Plain,
    exceptions: Plain = (),
    holiday_windows: Plain | None = None,
    first_on: date | None = None,
    last_on: date | None = None,
) -> TimeProfile:
    """Create a time profile of a site.

    Args:
        windows, exceptions: as `TimeProfile` describes them.
        holiday_windows: one at most; None where the calendar does not matter.

    Raises:
        Rejection: a value is malformed, or the site has a profile of that name.
    """
    row = TimeProfile(site=site, name=name.strip())
    row.holiday_windows = _stored(holiday_windows)
    _set(row, windows, exceptions, first_on, last_on)
    insert(row, "name", row.name)
    _record(row, actor, "create time profile", name=row.name)
    return row


@transaction.atomic
def change_profile(
    profile: TimeProfile,
    actor: Actor,
    *,
    name: str,
    windows: Plain,
    exceptions: Plain = (),
    holiday_windows: Plain | None = None,
    first_on: date | None = None,
    last_on: date | None = None,
    revision: str = "",
) -> TimeProfile:
    """Change a time profile, and with it every right that holds in it.

    Args:
        revision: the token of the values that the form showed; empty without a form.

    Raises:
        Rejection: a value is malformed, the site has another profile of that name, or the profile
            was changed meanwhile.
    """
    locked = _lock(profile)
    subject = ("time_profile", locked.pk)
    revisions.require_revision(revision, values_of(locked), locked.site, subject)
    others = TimeProfile.objects.filter(site=locked.site, name=name.strip())
    if others.exclude(pk=locked.pk).exists():
        raise taken("name", name.strip())
    before, locked.name = locked.name, name.strip()
    locked.holiday_windows = _stored(holiday_windows)
    _set(locked, windows, exceptions, first_on, last_on)
    locked.save()
    _record(locked, actor, "change time profile", name=[before, locked.name])
    return locked


@transaction.atomic
def add_exception(
    profiles_of_site: Iterable[TimeProfile], actor: Actor, exception: Mapping[str, Any]
) -> undo.Changes:
    """Let other windows hold on days in several profiles, before what each has for these days.

    Args:
        exception: as `TimeProfile` describes it.

    Returns:
        What the profiles were, for `restore_exceptions`.

    Raises:
        Rejection: it is malformed, or a profile has as many as it can hold.
    """
    rows = TimeProfile.objects.select_for_update(of=("self",)).select_related("site")
    rows = rows.filter(pk__in=[each.pk for each in profiles_of_site]).order_by("pk")

    def add(row: TimeProfile) -> None:
        row.exceptions = [dict(exception), *row.exceptions]
        _require_readable(row)
        row.save(update_fields=["exceptions"])
        days = {"first": exception["first"], "last": exception["last"]}
        _record(row, actor, "add days to time profile", **days)

    return undo.record_changes(rows, ["exceptions"], add)


@transaction.atomic
def restore_exceptions(site: Site, actor: Actor, changes: undo.Changes) -> None:
    """Undo `add_exception`.

    Raises:
        Rejection: a profile was changed since.
    """
    rows = TimeProfile.objects.select_for_update(of=("self",)).select_related("site")
    for row, before in undo.unchanged_rows(rows.filter(site=site), changes):
        row.exceptions = before["exceptions"]
        row.save(update_fields=["exceptions"])
        _record(row, actor, "undo days of time profile")


@transaction.atomic
def remove_profile(profile: TimeProfile, actor: Actor) -> None:
    """Delete a time profile.

    Raises:
        Rejection: a right or a door uses it.
    """
    if profile.rights.exists() or profile.open_doors.exists():
        raise Rejection(
            "profile",
            "in_use",
            _("rights or doors use this time profile"),
            _("give them another one first"),
        )
    _record(profile, actor, "remove time profile", name=profile.name)
    profile.delete()


@transaction.atomic
def set_open_hours(door: Door, actor: Actor, profile: TimeProfile | None) -> None:
    """Let a door be open to all in a time profile; None ends it.

    Raises:
        Rejection: the profile is another site's, or the door's device decides and can't hold one.
    """
    if profile is None:
        OpenHours.objects.filter(door=door).delete()
    else:
        if profile.site_id != door.site_id:
            raise other_site(profile)
        if door.decides_itself:
            require_settings(door, {DoorSetting.TIME_PROFILES: "profile"})
        OpenHours.objects.update_or_create(door=door, defaults={"profile": profile})
    name = profile.name if profile else ""
    audit.record(door.site, actor, "set open hours", ("door", door.pk), profile=name)
    live.announce(DOOR, door.site_id, door.pk)


def values_of(row: TimeProfile) -> dict[str, Any]:
    """Return the values of a profile, as forms and revisions have them."""
    names = ("name", "windows", "exceptions", "holiday_windows", "first_on", "last_on")
    return {name: getattr(row, name) for name in names}


def other_site(profile: TimeProfile) -> Rejection:
    """Return the rejection of another site's profile."""
    return Rejection(
        "profile",
        "other_site",
        _("%(profile)s belongs to another site") % {"profile": profile},
        _("choose one of this site"),
    )


def _lock(profile: TimeProfile) -> TimeProfile:
    rows = TimeProfile.objects.select_for_update(of=("self",)).select_related("site")
    return rows.get(pk=profile.pk)


def _set(
    row: TimeProfile, windows: Plain, exceptions: Plain, first_on: date | None, last_on: date | None
) -> None:
    if not row.name or len(row.name) > LONGEST_NAME:
        raise Rejection("name", "invalid", _("the name is empty or too long"), _("correct this"))
    row.windows, row.exceptions = list(windows), list(exceptions)
    row.first_on, row.last_on = first_on, last_on
    if first_on and last_on and last_on < first_on:
        raise Rejection(
            "last_on",
            "end_before_begin",
            _("the end is before the start"),
            _("choose a later end"),
        )
    _require_readable(row)


def _stored(windows: Plain | None) -> list[Mapping[str, Any]] | None:
    return None if windows is None else list(windows)


def _require_readable(row: TimeProfile) -> None:
    for field, rows, most in (
        ("windows", row.windows, MOST_WINDOWS),
        ("exceptions", row.exceptions, MOST_EXCEPTIONS),
        ("holiday_windows", row.holiday_windows or [], 1),
    ):
        if len(rows) > most:
            raise Rejection(
                field,
                "too_many",
                _("has more than %(most)s rows") % {"most": most},
                _("combine some of them"),
            )
    for field, windows, exceptions, holidays in (
        ("windows", row.windows, [], None),
        ("exceptions", [], row.exceptions, None),
        ("holiday_windows", [], [], row.holiday_windows),
    ):
        try:
            read = profiles.from_plain("UTC", windows, exceptions, holiday_windows=holidays)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise _malformed(field) from None
        if any(each.last < each.first for each in read.exceptions):
            raise _malformed(field)


def _malformed(field: str) -> Rejection:
    return Rejection(
        field,
        "malformed",
        _("a time or a day is not valid"),
        _("enter times such as 08:30, until 24:00, and at least one day"),
    )


def _record(row: TimeProfile, actor: Actor, action: str, **detail: object) -> None:
    audit.record(row.site, actor, action, ("time_profile", row.pk), **detail)
    live.announce(RIGHT, row.site_id)
    publish(TimeProfileChanged(row.site_id))
