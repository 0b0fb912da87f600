"""Who may change whose access: a manager remains, and no one grants what they do not hold.

An actor that is a text is a command of the operator, who may do everything but lock a site out.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from core.errors import Rejection
from core.models import Site, User
from core.permissions import declared, permissions_at, sites_of
from people.models import RolePermission
from people.permissions import PeoplePermission


def managers(site: Site) -> QuerySet[User]:
    """Return the active users who may manage the site's staff by one of their roles there."""
    roles = RolePermission.objects.filter(permission__code=PeoplePermission.MANAGE_STAFF)
    held = Q(memberships__site=site, memberships__role__in=roles.values("role"))
    return User.objects.filter(held, is_active=True).distinct()


def lock_staff(site: Site) -> None:
    """Let one transaction at a time change the site's staff and roles."""
    Site.objects.select_for_update(no_key=True).get(pk=site.pk)


@contextmanager
def manager_remains(site: Site) -> Iterator[None]:
    """Reject a change in the block after which no one could manage the site's staff.

    Call it in a transaction. Changes at one site wait for each other: otherwise the last two
    managers could end each other's access at the same time.

    Raises:
        Rejection: there was a manager before the block, and none after it.
    """
    lock_staff(site)
    had_manager = managers(site).exists()
    yield
    if had_manager and not managers(site).exists():
        raise Rejection(
            "roles",
            "last_manager",
            _("no one could manage the staff of this site any more"),
            _("give another person a role that manages staff first"),
        )


def require_held(site: Site, actor: User | str, permissions: Iterable[str], field: str) -> None:
    """Require that the actor holds permissions that are to be granted.

    Raises:
        Rejection: the actor lacks one of them.
    """
    if isinstance(actor, User) and not _covers(actor, site, permissions):
        raise Rejection(
            field,
            "not_held",
            _("this would grant permissions that you do not have yourself"),
            _("have a person who has them do it"),
        )


def require_authority(site: Site, actor: User | str, user: User) -> None:
    """Require that a person may change a user's access to the site.

    Raises:
        Rejection: the user holds a permission at the site that the actor lacks.
    """
    if isinstance(actor, User) and not _covers(actor, site, permissions_at(user, site)):
        raise _holds_more()


def require_authority_everywhere(actor: User | str, user: User) -> None:
    """Require that a person may change how a user signs in, which matters at every site.

    Raises:
        Rejection: the user holds a permission at some site that the actor lacks there.
    """
    if not isinstance(actor, User) or actor.is_superuser:
        return
    others = (
        each for each in sites_of(user) if not _covers(actor, each, permissions_at(user, each))
    )
    if user.is_superuser or any(others):
        raise _holds_more()


def own_access(field: str) -> Rejection:
    """Return the rejection of a change that would lock its actor out."""
    return Rejection(
        field,
        "own_access",
        _("you would lose your own access to this page"),
        _("have another manager do it"),
    )


def _covers(actor: User, site: Site, permissions: Iterable[str]) -> bool:
    return set(permissions) & declared() <= permissions_at(actor, site)


def _holds_more() -> Rejection:
    return Rejection(
        "user",
        "holds_more",
        _("this person has permissions that you do not have"),
        _("have a person who has them do it"),
    )
