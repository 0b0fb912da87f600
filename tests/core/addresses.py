"""The addresses of the audit log."""

from core.permissions import SitePermission
from tests.rooms import Address

CONSOLE = {
    "audit_log": Address(SitePermission.VIEW_AUDIT),
    "history": Address(SitePermission.VIEW_AUDIT, query="kind=stay&subject=1"),
}
