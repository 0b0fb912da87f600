"""The standard roles, kept in step with the declared permissions; pages that follow grants."""

from typing import Any

from django.apps import apps as installed
from django.apps.registry import Apps
from django.db import transaction

from core import live
from core.permissions import StandardRole, declared, default_grants
from people.models import Membership, Role, RolePermission

#: The roles whose second factor no site can waive: their people are of other organisations.
ALWAYS_SECOND_FACTOR = frozenset({StandardRole.LIAISON})


def sync_standard_roles(*, apps: Apps = installed, **_signal: Any) -> None:
    """Create missing standard roles and grant them the permissions that are new (post_migrate).

    A permission is granted by default once, when it is first declared: what an administrator
    removes from a role later stays removed.

    Args:
        apps: the models as of the last migration that ran; some may not exist yet.
    """
    try:
        permissions = apps.get_model("people", "Permission").objects
        roles = apps.get_model("people", "Role").objects
        grants = apps.get_model("people", "RolePermission").objects
    except LookupError:
        return
    with transaction.atomic():
        known = set(permissions.values_list("code", flat=True))
        new = {code: permissions.create(code=code) for code in sorted(declared() - known)}
        for code, granted in default_grants().items():
            role, _created = roles.get_or_create(
                site=None, code=code, defaults={"name": StandardRole(code).name.capitalize()}
            )
            grants.bulk_create(
                grants.model(role=role, permission=new[permission])
                for permission in sorted(granted & new.keys())
            )
        if any(field.name == "requires_second_factor" for field in roles.model._meta.get_fields()):
            roles.filter(code__in=ALWAYS_SECOND_FACTOR).update(requires_second_factor=True)


def users_of_grant(grant: RolePermission) -> list[int]:
    """Return the ids of the users who hold the grant's role."""
    members = Membership.objects.filter(role=grant.role_id)
    return list(members.values_list("user", flat=True).distinct())


def recheck_members(
    instance: Any, action: str, pk_set: set[int] | None = None, **_signal: Any
) -> None:
    """Check the open pages of a role's members again when grants are added or removed together.

    `role.permissions.add` and `remove` write rows in bulk, for which no signal of a row is sent.
    """
    if not action.startswith("post_"):
        return
    roles = [instance.pk] if isinstance(instance, Role) else list(pk_set or ())
    members = Membership.objects.filter(role__in=roles)
    for user_id in members.values_list("user", flat=True).distinct():
        live.recheck_user(user_id)
