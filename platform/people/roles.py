"""The standard roles, kept in step with the permissions that the rooms declare."""

from typing import Any

from django.apps import apps as installed
from django.apps.registry import Apps
from django.db import transaction

from core.permissions import StandardRole, declared, default_grants


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
