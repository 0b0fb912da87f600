"""Permissions on people, on the accounts of who lives at a site, and on its staff."""

from enum import StrEnum

from core.permissions import Grants, StandardRole


class PeoplePermission(StrEnum):
    """What a role may do with people and companies, their accounts, and the site's staff."""

    VIEW_PEOPLE = "people.view_people"
    MANAGE_PEOPLE = "people.manage_people"
    ERASE_PEOPLE = "people.erase_people"
    MANAGE_STAFF = "people.manage_staff"
    MANAGE_ACCOUNTS = "people.manage_accounts"


PERMISSIONS = PeoplePermission
# The manager holds every permission.
GRANTS: Grants = {
    StandardRole.SECURITY: {PeoplePermission.VIEW_PEOPLE},
    StandardRole.FINANCE: {PeoplePermission.VIEW_PEOPLE},
}
