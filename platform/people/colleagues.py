"""Invite colleagues to a site's staff, change their roles, end their access."""

from collections.abc import Collection
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.utils.translation import gettext as _

from core import audit
from core.errors import Rejection
from core.models import Site, User
from core.permissions import may, sites_of
from core.sign_in import end_sessions
from people.authority import (
    manager_remains,
    own_access,
    require_authority,
    require_authority_everywhere,
    require_held,
)
from people.models import Membership, Role
from people.permissions import PeoplePermission
from people.staff import create_account, generate_password, roles_at


@dataclass(frozen=True)
class Invitation:
    """A colleague who was added.

    Attributes:
        password: the new account's one-time password; empty if the account existed before.
    """

    user: User
    password: str


def colleagues(site: Site) -> QuerySet[User]:
    """Return the users with a role at the site, with those roles as ``site_memberships``."""
    at_site = Membership.objects.filter(site=site)
    with_role = at_site.select_related("role").order_by("role__code")
    return User.objects.filter(Exists(at_site.filter(user=OuterRef("pk")))).prefetch_related(
        Prefetch("memberships", with_role, to_attr="site_memberships")
    )


def available_roles(site: Site) -> QuerySet[Role]:
    """Return the roles that people of the site can have, by code."""
    return roles_at(site).distinct("code")


@transaction.atomic
def invite_colleague(
    site: Site, actor: User, *, name: str, username: str, roles: Collection[str], email: str = ""
) -> Invitation:
    """Add a colleague with roles; a new account gets a one-time password.

    An account that exists, because the person works at another site too, is only used if the
    e-mail address is its own: a user name alone may be another person's.

    Args:
        name: the person's name, as colleagues read it.
        roles: codes of roles.

    Raises:
        Rejection: an input is invalid, the user name is taken, or the actor lacks a permission
            that a role grants.
    """
    name, username, email = " ".join(name.split()), username.strip(), email.strip()
    if not any(map(str.isalpha, name)):
        raise Rejection("name", "missing", _("a name is required"), _("enter the person's name"))
    granted = chosen_roles(site, roles)
    require_roles_held(site, actor, granted)
    user = User.objects.filter(username=username).first()
    password = ""
    if user is None:
        require_address(email)
        user, password = create_account(username, first_name=name, email=email)
    elif not email or user.email.casefold() != email.casefold():
        raise username_taken()
    elif Membership.objects.filter(site=site, user=user).exists():
        raise _is_colleague()
    for role in granted:
        Membership.objects.create(user=user, site=site, role=role)
    codes = [role.code for role in granted]
    audit.record(site, actor, "invite colleague", ("user", user.pk), roles=codes)
    return Invitation(user, password)


@transaction.atomic
def change_roles(site: Site, user: User, actor: User, roles: Collection[str]) -> None:
    """Replace a colleague's roles at the site.

    Raises:
        Rejection: no role is left, one is not of the site, the actor lacks a permission that the
            person has or would get, would lose the management of the staff, or no manager remains.
    """
    chosen = chosen_roles(site, roles)
    with manager_remains(site):
        held = Membership.objects.filter(site=site, user=user).select_related("role")
        before = {each.role_id: each.role for each in held}
        if before.keys() == {role.pk for role in chosen}:
            return
        require_authority(site, actor, user)
        require_roles_held(site, actor, [role for role in chosen if role.pk not in before])
        held.exclude(role__in=chosen).delete()
        for role in chosen:
            if role.pk not in before:
                Membership.objects.create(user=user, site=site, role=role)
    if user == actor and not may(actor, site, PeoplePermission.MANAGE_STAFF):
        raise own_access("roles")
    codes = sorted(role.code for role in before.values())
    after = sorted(role.code for role in chosen)
    audit.record(site, actor, "change roles", ("user", user.pk), before=codes, after=after)


@transaction.atomic
def end_access(site: Site, user: User, actor: User, reason: str) -> None:
    """End a colleague's access to the site at once: roles, open pages, and their sessions.

    Sessions go on while the person works at another site; the account stays, because audit
    entries name it.

    Raises:
        Rejection: it is the actor's own access, the person holds more than the actor, or no
            manager remains.
    """
    if user == actor:
        raise own_access("roles")
    with manager_remains(site):
        require_authority(site, actor, user)
        memberships = Membership.objects.filter(site=site, user=user)
        codes = sorted(memberships.values_list("role__code", flat=True))
        memberships.delete()
    if not sites_of(user).exists():
        end_sessions(user)
    audit.record(site, actor, "end access", ("user", user.pk), roles=codes, reason=reason)


@transaction.atomic
def reset_password(site: Site, user: User, actor: User) -> str:
    """Replace a colleague's password by a one-time password and return it; sessions end.

    Raises:
        Rejection: it is the actor's own, or the person holds more than the actor at some site.
    """
    if user == actor:
        raise Rejection(
            "user",
            "own_password",
            _("this is your own account"),
            _("use the page to change the password"),
        )
    require_authority_everywhere(actor, user)
    password = generate_password()
    user.set_password(password)
    user.must_change_password = True
    user.save(update_fields=["password", "must_change_password"])
    end_sessions(user)
    audit.record(site, actor, "reset password", ("user", user.pk))
    return password


def chosen_roles(site: Site, codes: Collection[str]) -> list[Role]:
    """Return the site's roles of these codes.

    Raises:
        Rejection: there is none, or the site has no such role.
    """
    chosen = [role for role in available_roles(site) if role.code in codes]
    if not codes:
        raise Rejection(
            "roles",
            "missing",
            _("a person of the staff has at least one role"),
            _("choose a role, or end the person's access"),
        )
    if len(chosen) != len(set(codes)):
        raise Rejection(
            "roles", "not_a_choice", _("unknown role"), _("choose one of the site's roles")
        )
    return chosen


def require_roles_held(site: Site, actor: User, roles: Collection[Role]) -> None:
    """Require that the actor holds what the roles grant.

    Raises:
        Rejection: the actor lacks one of the permissions.
    """
    for role in roles:
        permissions = role.permissions.values_list("code", flat=True)
        require_held(site, actor, permissions, "roles")


def require_address(email: str) -> None:
    """Require that a text is an e-mail address, or empty.

    Raises:
        Rejection: it is neither.
    """
    try:
        if email:
            validate_email(email)
    except ValidationError:
        raise Rejection(
            "email",
            "invalid_email",
            _("this is not an e-mail address"),
            _("enter it as name@example.com"),
        ) from None


def username_taken() -> Rejection:
    """Return the rejection of a user name that another account has."""
    return Rejection(
        "username",
        "username_taken",
        _("this user name is taken"),
        _("choose another; if it is this person's, enter the e-mail address of the account"),
    )


def _is_colleague() -> Rejection:
    return Rejection(
        "username",
        "is_colleague",
        _("this person belongs to the staff already"),
        _("change the roles on the person's page"),
    )
