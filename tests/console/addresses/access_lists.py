"""The addresses of the access lists: name, permission, row of the world, POST only."""

from access.permissions import AccessPermission

ADDRESSES = {
    "access": (AccessPermission.MANAGE_LISTS, "", False),
    "add_entry": (AccessPermission.MANAGE_LISTS, "", False),
    "end_entry": (AccessPermission.MANAGE_LISTS, "entry", False),
    "add_vehicle": (AccessPermission.MANAGE_LISTS, "", False),
    "end_vehicle": (AccessPermission.MANAGE_LISTS, "vehicle", False),
    "add_pass": (AccessPermission.MANAGE_LISTS, "", False),
    "cancel_pass": (AccessPermission.MANAGE_LISTS, "visit", False),
}
