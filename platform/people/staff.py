"""Who works at a site, and in which role."""

import secrets

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from core.errors import Rejection
from core.models import Membership, Site, User
from core.permissions import Role

_PASSWORD_BYTES = 9  # twelve signs: 72 bits


@transaction.atomic
def give_role(site: Site, username: str, role: str, actor: User | str) -> str:
    """Give a person a role at a site; somebody unknown gets an account first.

    Returns:
        The new account's password, which is shown once and kept nowhere; empty for a person who
        had an account. A role that the person has already changes nothing.

    Raises:
        Rejection: there is no such role, or the name cannot be an account's.
    """
    if role not in set(Role):
        known = ", ".join(sorted(Role))
        raise Rejection(
            "role",
            "not_a_choice",
            _("there is no such role"),
            _("choose one of %(roles)s") % {"roles": known},
        )
    user, password = _account(username.strip())
    _membership, is_new = Membership.objects.get_or_create(user=user, site=site, role=role)
    if is_new:
        audit.record(site, actor, "give role", f"user:{user.pk}", role=role)
    return password


@transaction.atomic
def take_roles(site: Site, username: str, actor: User | str) -> int:
    """Take every role that the person has at the site; return how many they were.

    The account stays, for what it did is told by its name; without a role it sees nothing.
    """
    mine = Membership.objects.filter(site=site, user__username=username)
    roles = sorted(mine.values_list("role", flat=True))
    if roles:
        user_id = mine.values_list("user_id", flat=True)[0]
        mine.delete()
        audit.record(site, actor, "take roles", f"user:{user_id}", roles=roles)
    return len(roles)


def staff_of(site: Site) -> list[tuple[str, str]]:
    """Return the name and role of everybody who works at the site, by name."""
    members = Membership.objects.filter(site=site, user__is_active=True)
    return list(members.order_by("user__username", "role").values_list("user__username", "role"))


def _account(username: str) -> tuple[User, str]:
    known = User.objects.filter(username=username).first()
    if known is not None:
        return known, ""
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    user = User(username=username)
    user.set_password(password)
    try:
        user.full_clean()
    except ValidationError as error:
        raise Rejection(
            "username", "invalid", error.messages[0], _("use letters, digits and @ . + - _")
        ) from None
    user.save()
    return user, password
