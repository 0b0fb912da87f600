"""A site's staff: their accounts and the roles they hold there."""

import secrets
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from core import audit
from core.errors import Rejection
from core.models import Site, User
from core.text_lists import joined
from people.authority import manager_remains
from people.models import Membership, Role

_PASSWORD_BYTES = 9  # twelve characters: 72 bits


def roles_at(site: Site) -> QuerySet[Role]:
    """Return the standard and the site's own roles by code; of one code, the site's first."""
    available = Role.objects.filter(Q(site=None) | Q(site=site))
    return available.order_by("code", F("site").asc(nulls_last=True))


def holders_of(site: Site, permission: str) -> list[User]:
    """Return the active users of whose roles at the site one grants a permission, by key."""
    roles = Role.objects.filter(permissions__code=permission)
    at_site = Membership.objects.filter(site=site, role__in=roles)
    users = User.objects.filter(pk__in=at_site.values("user"), is_active=True)
    return list(users.order_by("pk"))


@transaction.atomic
def grant_role(site: Site, username: str, role: str, actor: User | str) -> str:
    """Grant a user a role at a site; an unknown username gets an account first.

    Granting a role again has no effect.

    Args:
        role: the code of a standard role or of one of the site's own.

    Returns:
        The new account's password, which is stored only as a hash; empty for an existing account.

    Raises:
        Rejection: the site has no such role, or the name is not a valid username.
    """
    granted = roles_at(site).filter(code=role).first()
    if granted is None:
        codes = joined(dict.fromkeys(each.code for each in roles_at(site)))
        raise Rejection(
            "role",
            "not_a_choice",
            _("unknown role"),
            _("choose one of %(roles)s") % {"roles": codes},
        )
    user, password = _get_or_create_account(username.strip())
    _membership, is_new = Membership.objects.get_or_create(user=user, site=site, role=granted)
    if is_new:
        audit.record(site, actor, "grant role", ("user", user.pk), role=role)
    return password


@transaction.atomic
def revoke_roles(site: Site, username: str, actor: User | str) -> int:
    """Revoke all of a user's roles at the site and return how many there were.

    The account stays, because audit entries name it; without a role it sees no site.

    Raises:
        Rejection: no one could manage the site's staff any more.
    """
    memberships = Membership.objects.filter(site=site, user__username=username)
    codes = sorted(memberships.values_list("role__code", flat=True))
    if codes:
        user_id = memberships.values_list("user_id", flat=True)[0]
        with manager_remains(site):
            memberships.delete()
        audit.record(site, actor, "revoke roles", ("user", user_id), roles=codes)
    return len(codes)


def staff_of(site: Site) -> list[tuple[str, str]]:
    """Return the usernames and role codes of the site's active staff, by name."""
    members = Membership.objects.filter(site=site, user__is_active=True)
    by_name = members.order_by("user__username", "role__code")
    return list(by_name.values_list("user__username", "role__code"))


def create_account(username: str, **fields: Any) -> tuple[User, str]:
    """Create an account whose password is replaced at the first sign-in, and return both.

    Raises:
        Rejection: the name is not a valid username.
    """
    password = generate_password()
    user = User(username=username, must_change_password=True, **fields)
    user.set_password(password)
    try:
        user.full_clean()
    except ValidationError as error:
        raise Rejection(
            "username", "invalid", error.messages[0], _("use letters, digits and @ . + - _")
        ) from None
    user.save()
    return user, password


def generate_password() -> str:
    """Return a new one-time password."""
    return secrets.token_urlsafe(_PASSWORD_BYTES)


def _get_or_create_account(username: str) -> tuple[User, str]:
    existing = User.objects.filter(username=username).first()
    return (existing, "") if existing else create_account(username)
