"""The addresses of the audit log, the search box and the imports."""

from core.permissions import SitePermission
from tests.rooms import Address

IMPORT = SitePermission.IMPORT_LISTS
CONSOLE = {
    "find": Address(SitePermission.VIEW_SITE, post_only=True),
    "audit_log": Address(SitePermission.VIEW_AUDIT),
    "imports": Address(IMPORT),
    "new_import": Address(IMPORT),
    "upload_list": Address(IMPORT, words=("units",)),
    "import_template_csv": Address(IMPORT, words=("people",)),
    "import_template_xlsx": Address(IMPORT, words=("meters",)),
    "import": Address(IMPORT, "import_batch", audited=True),
    "import_errors": Address(IMPORT, "import_batch", audited=True),
    "confirm_import": Address(IMPORT, "import_batch", post_only=True),
    "discard_import": Address(IMPORT, "import_batch", post_only=True),
    "undo_import": Address(IMPORT, "import_batch"),
    "history": Address(SitePermission.VIEW_AUDIT, query="kind=stay&subject=1"),
}
