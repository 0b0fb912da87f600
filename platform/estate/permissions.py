"""Permissions on places."""

from enum import StrEnum

from core.permissions import Grants


class EstatePermission(StrEnum):
    """What a role may do with the site and its places."""

    MANAGE_PLACES = "estate.manage_places"


PERMISSIONS = EstatePermission
GRANTS: Grants = {}  # the manager holds every permission
