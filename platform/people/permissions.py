"""Permissions on the people who work at a site."""

from enum import StrEnum

from core.permissions import Grants


class PeoplePermission(StrEnum):
    """What a role may do with the site's staff and their roles."""

    MANAGE_STAFF = "people.manage_staff"


PERMISSIONS = PeoplePermission
GRANTS: Grants = {}  # the manager holds every permission
