"""The addresses of the watch-list: name, permission, row of the world, POST only."""

from incidents.permissions import IncidentPermission

ADDRESSES = {
    "watch_list": (IncidentPermission.MANAGE_WATCH_LIST, "", False),
    "add_watch": (IncidentPermission.MANAGE_WATCH_LIST, "", False),
    "approve_watch": (IncidentPermission.MANAGE_WATCH_LIST, "watch", False),
    "end_watch": (IncidentPermission.MANAGE_WATCH_LIST, "watch", False),
}
