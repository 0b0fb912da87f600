"""Permissions on the people who work at a site, and on the accounts of who lives there."""

from enum import StrEnum

from core.permissions import Grants


class PeoplePermission(StrEnum):
    """What a role may do with staff and their roles, and with residents' access to the portal."""

    MANAGE_STAFF = "people.manage_staff"
    MANAGE_ACCOUNTS = "people.manage_accounts"


PERMISSIONS = PeoplePermission
GRANTS: Grants = {}  # the manager holds every permission
