"""A site's own roles: sets of permissions beside the standard ones, or in place of one.

A standard role belongs to all sites. Where one site changes it, the site gets a role of its own
with the same code, which its people have from then on; restoring gives them the standard one back.
"""

from collections.abc import Collection, Iterable

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from core import audit
from core.errors import Rejection
from core.models import Site, User
from core.permissions import StandardRole, declared, may
from people.authority import lock_staff, manager_remains, own_access, require_held
from people.colleagues import available_roles
from people.labels import role_name, standard_name
from people.models import Membership, Permission, Role
from people.permissions import PeoplePermission
from people.roles import ALWAYS_SECOND_FACTOR
from people.second_factor import has_second_factor

_CODE_LENGTH = 40


@transaction.atomic
def add_role(
    site: Site,
    actor: User,
    name: str,
    permissions: Collection[str],
    *,
    requires_second_factor: bool = False,
) -> Role:
    """Add a role of the site's own.

    Raises:
        Rejection: the name is missing or taken, a permission is unknown, or the actor lacks one.
    """
    lock_staff(site)
    name = _valid_name(site, name)
    _require_grantable(site, actor, permissions)
    role = Role.objects.create(
        site=site,
        code=_free_code(site, name),
        name=name,
        requires_second_factor=requires_second_factor,
    )
    role.permissions.set(Permission.objects.filter(code__in=permissions))
    audit.record(
        site, actor, "add role", ("role", role.pk), name=name, permissions=sorted(permissions)
    )
    return role


@transaction.atomic
def change_role(
    site: Site,
    role: Role,
    actor: User,
    name: str,
    permissions: Collection[str],
    *,
    requires_second_factor: bool = False,
) -> Role:
    """Change a role's name and permissions at the site; a standard role stays as it is elsewhere.

    Returns:
        The site's own role: another row if the role was a standard one.

    Raises:
        Rejection: the input is invalid, the actor lacks a permission that the role has or would
            have, or the second factor that it would require, would lose the management of the
            staff, or no manager remains.
    """
    with manager_remains(site):
        name = _valid_name(site, name, role)
        before = _codes(role)
        _require_grantable(site, actor, permissions)
        require_held(site, actor, before, "permissions")
        if role.code in ALWAYS_SECOND_FACTOR:
            requires_second_factor = True
        elif requires_second_factor:
            _require_own_second_factor(actor)
        own = role if role.site_id else _copy_of_standard(site, role)
        own.name, own.requires_second_factor = _stored_name(role, name), requires_second_factor
        own.save(update_fields=["name", "requires_second_factor"])
        own.permissions.set(Permission.objects.filter(code__in=permissions))
    _require_own_access(site, actor)
    changed = {
        "name": name,
        "added": sorted(set(permissions) - before),
        "removed": sorted(before - set(permissions)),
        "requires_second_factor": requires_second_factor,
    }
    audit.record(site, actor, "change role", ("role", own.pk), **changed)
    return own


@transaction.atomic
def remove_role(site: Site, role: Role, actor: User) -> None:
    """Remove a role of the site's own that no one has.

    Raises:
        Rejection: it is a standard role, or people have it.
    """
    lock_staff(site)
    if role.site_id is None:
        raise Rejection(
            "role",
            "standard_role",
            _("standard roles cannot be removed"),
            _("change its permissions, or leave it unused"),
        )
    holders = role.memberships.count()
    if holders:
        raise Rejection(
            "role",
            "role_in_use",
            _("people have this role: %(count)s") % {"count": holders},
            _("give them another role first"),
            params={"count": holders},
        )
    audit.record(site, actor, "remove role", ("role", role.pk), code=role.code, name=role.name)
    role.delete()


@transaction.atomic
def restore_role(site: Site, role: Role, actor: User) -> Role:
    """Give the people of a changed standard role the standard one back, and return that.

    Raises:
        Rejection: the role stands for no standard one, the actor lacks a permission of either,
            would lose the management of the staff, or no manager remains.
    """
    standard = Role.objects.filter(site=None, code=role.code).first()
    if role.site_id is None or standard is None:
        raise Rejection(
            "role",
            "not_changed",
            _("this role does not replace a standard one"),
            _("choose a standard role that this site has changed"),
        )
    with manager_remains(site):
        require_held(site, actor, _codes(role) | _codes(standard), "permissions")
        _move_people(site, role, standard)
        audit.record(site, actor, "restore role", ("role", standard.pk), code=role.code)
        role.delete()
    _require_own_access(site, actor)
    return standard


def _copy_of_standard(site: Site, standard: Role) -> Role:
    own = Role.objects.create(site=site, code=standard.code, name=standard.name)
    _move_people(site, standard, own)
    return own


def _move_people(site: Site, source: Role, target: Role) -> None:
    """Move the site's people to another role, each by a save, which rechecks their live pages."""
    having = set(Membership.objects.filter(site=site, role=target).values_list("user", flat=True))
    for membership in Membership.objects.filter(site=site, role=source):
        if membership.user_id in having:
            membership.delete()
        else:
            membership.role = target
            membership.save(update_fields=["role"])


def _codes(role: Role) -> set[str]:
    return set(role.permissions.values_list("code", flat=True)) & declared()


def _require_grantable(site: Site, actor: User, permissions: Iterable[str]) -> None:
    if not permissions or not set(permissions) <= declared():
        raise Rejection(
            "permissions",
            "not_a_choice",
            _("a role has at least one of the listed permissions"),
            _("choose what people with this role may do"),
        )
    require_held(site, actor, permissions, "permissions")


def _require_own_access(site: Site, actor: User) -> None:
    if not may(actor, site, PeoplePermission.MANAGE_STAFF):
        raise own_access("permissions")


def _require_own_second_factor(actor: User) -> None:
    if not has_second_factor(actor):
        raise Rejection(
            "requires_second_factor",
            "set_up_first",
            _("you have no second factor yourself"),
            _("set up yours first, on the page of your profile"),
        )


def _valid_name(site: Site, name: str, role: Role | None = None) -> str:
    name = " ".join(name.split())
    if not any(map(str.isalnum, name)):
        raise Rejection("name", "missing", _("a name is required"), _("enter the role's name"))
    others = [each for each in available_roles(site) if role is None or each.code != role.code]
    if name.casefold() in {role_name(each).casefold() for each in others}:
        raise Rejection(
            "name",
            "name_taken",
            _("another role has this name"),
            _("choose a name that tells the two apart"),
        )
    return name


def _stored_name(role: Role, name: str) -> str:
    """Return the name to store: a standard one, if it was not changed, follows the language."""
    return role.name if name == role_name(role) else name


def _free_code(site: Site, name: str) -> str:
    base = slugify(name)[: _CODE_LENGTH - 4] or "role"
    taken = {*StandardRole, *Role.objects.filter(site=site).values_list("code", flat=True)}
    numbered = (f"{base}-{number}" for number in range(2, len(taken) + 3))
    return next(code for code in (base, *numbered) if code not in taken)


def is_changed_standard(role: Role) -> bool:
    """Return whether a site's role stands in place of a standard one."""
    return role.site_id is not None and bool(standard_name(role.code))
