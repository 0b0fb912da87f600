"""The addresses of the audit log and of the search box."""

from core.permissions import SitePermission
from tests.rooms import Address

CONSOLE = {
    "find": Address(SitePermission.VIEW_SITE, post_only=True),
    "audit_log": Address(SitePermission.VIEW_AUDIT),
    "history": Address(SitePermission.VIEW_AUDIT, query="kind=stay&subject=1"),
}
