"""Who may do what at which site: roles per site, deny by default."""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404

if TYPE_CHECKING:
    from core.models import Site, User

M = TypeVar("M", bound=Model)


class Permission(StrEnum):
    """What a role may do at a site."""

    VIEW_SITE = "view_site"
    VIEW_STAYS = "view_stays"
    REVIEW_STAY = "review_stay"
    VIEW_PHOTOS = "view_photos"
    CORRECT_READ = "correct_read"
    LIFT_BARRIER = "lift_barrier"
    TAKE_CASH = "take_cash"
    VIEW_INCIDENTS = "view_incidents"
    REVIEW_INCIDENT = "review_incident"
    VIEW_DEVICES = "view_devices"
    MANAGE_DEVICES = "manage_devices"
    REPLAY_DEAD_LETTERS = "replay_dead_letters"
    VIEW_MONEY = "view_money"
    MANAGE_TARIFFS = "manage_tariffs"
    VIEW_METERS = "view_meters"
    ENTER_READINGS = "enter_readings"
    CORRECT_READINGS = "correct_readings"
    MANAGE_METERS = "manage_meters"
    MANAGE_ACCESS = "manage_access"
    MANAGE_WATCH_LIST = "manage_watch_list"
    VIEW_AUDIT = "view_audit"


class Role(StrEnum):
    """A person's part at one site."""

    MANAGER = "manager"
    GUARD = "guard"
    FINANCE = "finance"
    SECURITY = "security"
    TECHNICIAN = "technician"


_GUARD = {
    Permission.VIEW_SITE,
    Permission.VIEW_STAYS,
    Permission.VIEW_PHOTOS,
    Permission.CORRECT_READ,
    Permission.LIFT_BARRIER,
    Permission.TAKE_CASH,
    Permission.VIEW_INCIDENTS,
}
GRANTS: dict[str, frozenset[Permission]] = {
    Role.GUARD: frozenset(_GUARD),
    Role.SECURITY: frozenset(
        _GUARD
        | {Permission.REVIEW_INCIDENT, Permission.MANAGE_WATCH_LIST, Permission.MANAGE_ACCESS}
    ),
    Role.FINANCE: frozenset(
        {
            Permission.VIEW_SITE,
            Permission.VIEW_STAYS,
            Permission.REVIEW_STAY,
            Permission.VIEW_MONEY,
            Permission.MANAGE_TARIFFS,
            Permission.VIEW_METERS,
            Permission.ENTER_READINGS,
            Permission.CORRECT_READINGS,
        }
    ),
    Role.TECHNICIAN: frozenset(
        {
            Permission.VIEW_SITE,
            Permission.VIEW_DEVICES,
            Permission.MANAGE_DEVICES,
            Permission.REPLAY_DEAD_LETTERS,
            Permission.VIEW_METERS,
            Permission.ENTER_READINGS,
            Permission.MANAGE_METERS,
        }
    ),
    Role.MANAGER: frozenset(Permission),
}


def permissions_at(user: "User | AnonymousUser", site: "Site") -> frozenset[Permission]:
    """Return all that the person may do at the site; nothing for a stranger."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    if user.is_superuser:
        return frozenset(Permission)
    roles = user.memberships.filter(site=site).values_list("role", flat=True)
    return frozenset().union(*(GRANTS.get(role, frozenset()) for role in roles))


def may(user: "User | AnonymousUser", site: "Site", permission: Permission) -> bool:
    """Say whether the person may do that at the site."""
    return permission in permissions_at(user, site)


def sites_of(user: "User | AnonymousUser") -> "QuerySet[Site]":
    """Return the sites the person has a role at, by name."""
    from core.models import Site

    if not user.is_authenticated or not user.is_active:
        return Site.objects.none()
    if user.is_superuser:
        return Site.objects.order_by("name")
    return Site.objects.filter(memberships__user=user).distinct().order_by("name")


def site_or_404(user: "User | AnonymousUser", slug: str) -> "Site":
    """Return the site of that slug.

    Raises:
        Http404: there is none, or the person has no role there: a stranger can't tell which.
    """
    site = sites_of(user).filter(slug=slug).first()
    if site is None:
        raise Http404(f"no site {slug}")
    return site


def site_view(permission: Permission) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Turn ``view(request, site, …)`` into a view of the address argument ``slug``.

    A stranger is sent to the login; a person without a role there gets 404, and one whose role
    lacks the permission gets 403.
    """
    from django.contrib.auth.decorators import login_required

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @login_required
        @wraps(view)
        def guarded(request: Any, slug: str, *args: Any, **kwargs: Any) -> Any:
            site = site_or_404(request.user, slug)
            request.site = site
            request.site_permissions = permissions_at(request.user, site)
            if permission not in request.site_permissions:
                raise PermissionDenied(f"{permission} is not granted at {slug}")
            return view(request, site, *args, **kwargs)

        return guarded

    return decorate
