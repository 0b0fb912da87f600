"""The addresses of the overview of a site."""

from core.permissions import SitePermission
from tests.rooms import Address

CONSOLE = {
    "overview": Address(SitePermission.VIEW_SITE),
    "figure": Address(SitePermission.VIEW_SITE, query="name=waiting"),
    "help": Address(SitePermission.VIEW_SITE, query="page=lanes"),
    "start": Address(SitePermission.VIEW_SITE, answers=(302,)),
    "map": Address(SitePermission.VIEW_SITE),
    "plan": Address(SitePermission.VIEW_SITE),
    "bays": Address(SitePermission.VIEW_SITE),
    "beside": Address(SitePermission.VIEW_SITE),
    "bay": Address(SitePermission.VIEW_SITE, "bay"),
    "gate": Address(SitePermission.VIEW_SITE, "gate.entry.gate"),
    "counts": Address(SitePermission.VIEW_SITE),
}
