"""Permission checks: who may do what at which site, deny by default.

Each room declares its permissions in `<room>/permissions.py`. Which of them a person holds at a
site is answered by the authentication backends in the settings (`people.backends`).
"""

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from enum import StrEnum
from functools import cache, wraps
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from django.apps import apps
from django.contrib.auth import get_backends
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.module_loading import module_has_submodule

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from core.models import Site, User

#: A room's default grants: permissions by the code of a standard role.
Grants = Mapping[str, AbstractSet[str]]


class StandardRole(StrEnum):
    """The codes of the roles that every installation has; a site may add its own."""

    MANAGER = "manager"
    GUARD = "guard"
    FINANCE = "finance"
    SECURITY = "security"
    TECHNICIAN = "technician"
    # A person of an authority, such as the police.
    LIAISON = "liaison"


class SitePermission(StrEnum):
    """What a role may do with a site as a whole."""

    VIEW_SITE = "core.view_site"
    VIEW_AUDIT = "core.view_audit"
    VIEW_HEALTH = "core.view_health"
    VIEW_NOTIFICATIONS = "core.view_notifications"
    IMPORT_LISTS = "core.import_lists"
    MANAGE_RETENTION = "core.manage_retention"


class InstallationPermission(StrEnum):
    """What only administrators may do: it concerns all sites, so no role can grant it."""

    MANAGE_INSTALLATION = "core.manage_installation"


PERMISSIONS = SitePermission
GRANTS: Grants = {
    StandardRole.GUARD: {SitePermission.VIEW_SITE},
    StandardRole.SECURITY: {
        SitePermission.VIEW_SITE,
        SitePermission.VIEW_NOTIFICATIONS,
        SitePermission.MANAGE_RETENTION,
    },
    StandardRole.FINANCE: {SitePermission.VIEW_SITE},
    # With the permission of the room whose things it holds, such as devices or meters.
    StandardRole.TECHNICIAN: {
        SitePermission.VIEW_SITE,
        SitePermission.VIEW_HEALTH,
        SitePermission.IMPORT_LISTS,
    },
}


@runtime_checkable
class PermissionBackend(Protocol):
    """An authentication backend that grants permissions at sites."""

    def site_permissions(self, user: "User", site: "Site") -> frozenset[str]:
        """Return the codes of the permissions that an active user holds at the site."""

    def permitted_sites(self, user: "User") -> "QuerySet[Site]":
        """Return the sites at which an active user has a role."""


def declared() -> frozenset[str]:
    """Return the codes of all permissions that the installed rooms declare."""
    return frozenset(code for module in _declarations() for code in module.PERMISSIONS)


def default_grants() -> dict[str, frozenset[str]]:
    """Return the permissions of each standard role; the manager holds all."""
    grants: dict[str, frozenset[str]] = {role: frozenset() for role in StandardRole}
    for module in _declarations():
        for role, codes in module.GRANTS.items():
            grants[role] |= codes
    return {**grants, StandardRole.MANAGER: declared()}


def permissions_at(user: "User | AnonymousUser", site: "Site") -> frozenset[str]:
    """Return the permissions that the user holds at the site."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    if user.is_superuser:
        return declared() | frozenset(InstallationPermission)
    held = (backend.site_permissions(user, site) for backend in _backends())
    return frozenset().union(*held) & declared()


def may(user: "User | AnonymousUser", site: "Site", permission: str) -> bool:
    """Return whether the user holds the permission at the site."""
    return permission in permissions_at(user, site)


def sites_of(user: "User | AnonymousUser") -> "QuerySet[Site]":
    """Return the sites at which the user has a role, by name; all of them for a superuser."""
    from core.models import Site

    sites = Site.objects.none()
    if user.is_authenticated and user.is_active:
        if user.is_superuser:
            sites = Site.objects.all()
        else:
            for backend in _backends():
                sites = sites | backend.permitted_sites(user)
    return sites.distinct().order_by("name")


def site_or_404(user: "User | AnonymousUser", slug: str) -> "Site":
    """Return the user's site with that slug.

    Raises:
        Http404: there is no such site, or the user has no role there: the answers are the same,
            so that a stranger cannot probe for sites.
    """
    site = sites_of(user).filter(slug=slug).first()
    if site is None:
        raise Http404(f"no site {slug}")
    return site


def site_view(permission: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Turn ``view(request, site, …)`` into a view of the URL argument ``slug``.

    An anonymous visitor is redirected to the login; a user without a role at the site gets 404,
    and one whose roles lack the permission gets 403.
    """

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


def administrator_view(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let only administrators of the installation open a view that belongs to no site.

    An anonymous visitor is redirected to the login; any other user gets 403.
    """

    @login_required
    @wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> Any:
        if not request.user.is_superuser:
            raise PermissionDenied("only administrators may open this page")
        return view(request, *args, **kwargs)

    return guarded


def _backends() -> Iterator[PermissionBackend]:
    return (backend for backend in get_backends() if isinstance(backend, PermissionBackend))


def _declarations() -> tuple[ModuleType, ...]:
    return _permission_modules(tuple(config.name for config in apps.get_app_configs()))


@cache
def _permission_modules(app_names: tuple[str, ...]) -> tuple[ModuleType, ...]:
    """Import the `permissions` modules of the apps that declare permissions."""
    found = (
        import_module(f"{name}.permissions")
        for name in app_names
        if module_has_submodule(import_module(name), "permissions")
    )
    return tuple(module for module in found if hasattr(module, "PERMISSIONS"))
