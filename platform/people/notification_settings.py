"""How persons want to be notified: channels by kind and severity, telephone, quiet hours."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, time

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from core.errors import Rejection
from core.models import Site, User
from core.notifications import kinds
from core.notifications.channels import OUTGOING
from core.notifications.choices import Choice
from core.notifications.kinds import NoticeKind
from core.permissions import permissions_at, sites_of
from core.severities import Severity
from people.models import NotificationChoice, NotificationSettings
from people.quiet_hours import quiet_until

#: By kind and channel: the least severity, or None for a channel that is off.
Least = Mapping[tuple[str, str], str | None]
_PHONE = re.compile(r"\+?[0-9][0-9 ()/-]{4,30}")


def choices_of(
    users: Iterable[User], kind: NoticeKind, site: Site | None, at: datetime
) -> dict[int, Choice]:
    """Return what persons have chosen for a kind, by their keys, with the end of quiet hours."""
    keys = [user.pk for user in users]
    least: dict[int, dict[str, str | None]] = {pk: {} for pk in keys}
    for choice in NotificationChoice.objects.filter(user__in=keys, kind=kind.code):
        least[choice.user_id][choice.channel] = choice.least or None
    quiet: dict[int, datetime | None] = {}
    timezone = site.timezone if site is not None else settings.TIME_ZONE
    rows = NotificationSettings.objects.filter(user__in=keys, quiet_from__isnull=False)
    for row in rows:
        if row.quiet_from is not None and row.quiet_until is not None:
            quiet[row.user_id] = quiet_until(at, row.quiet_from, row.quiet_until, timezone)
    return {pk: Choice(least[pk], quiet.get(pk)) for pk in keys}


def offered_kinds(user: User) -> list[NoticeKind]:
    """Return the kinds of notices of which a person may be notified at one of the sites."""
    held = [permissions_at(user, site) for site in sites_of(user)]
    permissions = frozenset().union(*held)
    return [k for k in kinds.declared() if k.permission is None or k.permission in permissions]


def settings_of(user: User) -> NotificationSettings:
    """Return a person's telephone and quiet hours; unsaved ones where none were entered."""
    found = NotificationSettings.objects.filter(user=user).first()
    return found if found is not None else NotificationSettings(user=user)


def least_of(user: User) -> dict[tuple[str, str], str | None]:
    """Return what applies to a person, chosen or by default, by kind and channel."""
    rows = NotificationChoice.objects.filter(user=user)
    chosen = {(row.kind, row.channel): row.least or None for row in rows}
    return {
        (kind.code, channel): chosen.get((kind.code, channel), kind.defaults.get(channel))
        for kind in offered_kinds(user)
        for channel in OUTGOING
    }


def phone_of(user: User) -> str:
    """Return the telephone that gets a person's text messages; empty without one."""
    phone = NotificationSettings.objects.filter(user=user).values_list("phone", flat=True).first()
    return phone or ""


@transaction.atomic
def change_settings(
    user: User, *, least: Least, phone: str, quiet_from: time | None, quiet_until: time | None
) -> None:
    """Change how a person is notified; what is not named in ``least`` stays.

    Raises:
        Rejection: the telephone is malformed, or the quiet hours lack an end or have no length.
    """
    phone = phone.strip()
    _validate(phone, quiet_from, quiet_until)
    values = {"phone": phone, "quiet_from": quiet_from, "quiet_until": quiet_until}
    NotificationSettings.objects.update_or_create(user=user, defaults=values)
    offered = {kind.code: kind for kind in offered_kinds(user)}
    before = least_of(user)
    for (code, channel), severity in least.items():
        if code in offered and severity in (None, *Severity.values):
            _store(user, offered[code], channel, severity)
    after = least_of(user)
    changed = [" ".join(key) for key in sorted(after) if after[key] != before[key]]
    audit.record(None, user, "change notification settings", ("user", user.pk), kinds=changed)


def _store(user: User, kind: NoticeKind, channel: str, severity: str | None) -> None:
    """Store a choice; one that is the kind's default is no choice."""
    own = NotificationChoice.objects.filter(user=user, kind=kind.code, channel=channel)
    if severity == kind.defaults.get(channel) or channel in kind.always:
        own.delete()
        return
    NotificationChoice.objects.update_or_create(
        user=user, kind=kind.code, channel=channel, defaults={"least": severity or ""}
    )


def _validate(phone: str, begins: time | None, ends: time | None) -> None:
    if phone and not _PHONE.fullmatch(phone):
        raise Rejection(
            "phone",
            "invalid",
            _("this is not a telephone number"),
            _("enter it with its country code, such as +86 138 0000 1234"),
        )
    if (begins is None) != (ends is None):
        field = "quiet_from" if begins is None else "quiet_until"
        raise Rejection(
            field, "missing", _("quiet hours need both times"), _("enter it, or clear both")
        )
    if begins is not None and begins == ends:
        raise Rejection(
            "quiet_until",
            "no_length",
            _("quiet hours can't end when they begin"),
            _("enter another time, or clear both"),
        )
