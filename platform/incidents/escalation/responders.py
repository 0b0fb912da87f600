"""Read who may be notified: people on call, people on duty, and those who hold a role."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from core import clock
from core.models import Site, User
from core.permissions import StandardRole
from incidents.escalation.rota import Absence, Cover, Layer, Rota, calling_order
from incidents.escalation.rota import on_call as on_call_at
from incidents.models import RotaLayer, RotaOverride, Shift
from incidents.permissions import IncidentPermission
from incidents.rules.profile import TimeProfile
from people.models import Membership
from people.staff import roles_at

_VIEW = IncidentPermission.VIEW_INCIDENTS
ALL_DAYS = frozenset(range(7))
_PAST_KEPT = timedelta(days=28)


def on_call(site: Site, at: datetime) -> list[User]:
    """Return who is on call at an instant: one person of each layer, the first line first."""
    return _users(site, on_call_at(rota_of(site, at), at))


def in_calling_order(site: Site, at: datetime) -> list[User]:
    """Return who is on call at an instant, then the others of each rotation by their turns."""
    return _users(site, calling_order(rota_of(site, at), at))


def on_duty(site: Site) -> list[User]:
    """Return the people with an open shift, the earliest first."""
    shifts = Shift.objects.filter(site=site, ended_at=None, user__in=responders(site))
    return [shift.user for shift in shifts.select_related("user").order_by("began_at", "pk")]


def holders_of(site: Site, role: str, permission: str = _VIEW) -> list[User]:
    """Return the people who hold the role of that code and the permission, by user name."""
    held = Membership.objects.filter(site=site, role__code=role)
    permitted = responders(site, permission)
    return list(permitted.filter(pk__in=held.values("user")).order_by("username"))


def name_of_role(site: Site, code: str) -> str:
    """Return the name under which the site's role of that code is stored; empty for none."""
    role = roles_at(site).filter(code=code).first() if code else None
    return role.name if role else ""


def managers(site: Site) -> list[User]:
    """Return the site's managers, who are notified where there is no one else."""
    return holders_of(site, StandardRole.MANAGER)


def responders(site: Site, permission: str = _VIEW) -> QuerySet[User]:
    """Return the active staff who may see the site's incidents.

    Args:
        permission: another one that they need, such as that to see incidents of devices alone.
    """
    permitted = Membership.objects.filter(site=site, role__permissions__code=permission)
    return User.objects.filter(is_active=True, pk__in=permitted.values("user"))


def among_responders(site: Site, users: Iterable[int]) -> list[User]:
    """Return those of the users who may see the site's incidents, in that order."""
    return _users(site, list(users))


def rota_of(site: Site, since: datetime | None = None) -> Rota:
    """Return the site's rota, with what replaces its turns from an instant on (default: now)."""
    layers = RotaLayer.objects.filter(site=site).prefetch_related("members")
    own = tuple(_layer(each, site.timezone) for each in layers)
    overrides = list(
        RotaOverride.objects.filter(site=site, ends_at__gt=since or clock.now()).order_by("pk")
    )
    named = {user for layer in own for user in layer.members}
    named |= {each.user_id for each in overrides if each.user_id}
    return Rota(
        zone=site.timezone,
        layers=own,
        covers=tuple(_cover(each) for each in overrides if each.layer_id),
        absences=tuple(_absence(each) for each in overrides if each.absent_id),
        gone=_gone(site, named),
    )


def _gone(site: Site, named: Collection[int]) -> frozenset[int]:
    """Return which of the people of a rota are no longer among the site's staff."""
    staff = responders(site).filter(pk__in=named).values_list("pk", flat=True)
    return frozenset(named) - frozenset(staff)


def _layer(row: RotaLayer, zone: str) -> Layer:
    profile = None
    if row.begins is not None and row.ends is not None:
        profile = TimeProfile(frozenset(row.days) or ALL_DAYS, row.begins, row.ends, zone)
    members = tuple(member.user_id for member in row.members.all())
    return Layer(row.pk, members, row.first_day, row.hand_over, row.turn_days, profile)


def _cover(row: RotaOverride) -> Cover:
    return Cover(row.layer_id or 0, row.user_id or 0, row.begins_at, row.ends_at)


def _absence(row: RotaOverride) -> Absence:
    return Absence(row.absent_id or 0, row.begins_at, row.ends_at, row.user_id)


def _users(site: Site, keys: list[int]) -> list[User]:
    found = responders(site).filter(Q(pk__in=keys)).in_bulk(keys)
    return [found[key] for key in keys if key in found]
