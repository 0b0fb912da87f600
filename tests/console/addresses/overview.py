"""The addresses of the overview: name, permission, row of the world, POST only."""

from core.permissions import SitePermission

ADDRESSES = {
    "map": (SitePermission.VIEW_SITE, "", False),
    "plan": (SitePermission.VIEW_SITE, "", False),
    "bays": (SitePermission.VIEW_SITE, "", False),
    "beside": (SitePermission.VIEW_SITE, "", False),
    "gate": (SitePermission.VIEW_SITE, "gate.entry.gate", False),
    "counts": (SitePermission.VIEW_SITE, "", False),
}
