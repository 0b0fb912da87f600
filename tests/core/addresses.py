"""The addresses of the audit log, the search box, the imports and retention."""

from core.permissions import SitePermission
from people.permissions import PeoplePermission
from tests.rooms import Address

IMPORT = SitePermission.IMPORT_LISTS
RETENTION = SitePermission.MANAGE_RETENTION
# A list needs the permission of its room, too; whoever manages people may import lists.
PEOPLE = PeoplePermission.MANAGE_PEOPLE
CONSOLE = {
    "find": Address(SitePermission.VIEW_SITE, post_only=True),
    "sent_notifications": Address(SitePermission.VIEW_NOTIFICATIONS),
    "audit_log": Address(SitePermission.VIEW_AUDIT),
    "retention": Address(RETENTION, audited=True),
    "retention_report": Address(RETENTION),
    "set_retention": Address(RETENTION, words=("passages",)),
    "place_hold": Address(RETENTION, words=("plate",)),
    "find_held_people": Address(RETENTION, post_only=True),
    "extend_hold": Address(RETENTION, "legal_hold"),
    "release_hold": Address(RETENTION, "legal_hold"),
    "imports": Address(IMPORT),
    "new_import": Address(IMPORT),
    "upload_list": Address(IMPORT, words=("meters",)),
    "import_template_csv": Address(PEOPLE, words=("people",)),
    "import_template_xlsx": Address(IMPORT, words=("meters",)),
    "import": Address(PEOPLE, "import_batch", audited=True),
    "import_errors": Address(PEOPLE, "import_batch", audited=True),
    "confirm_import": Address(PEOPLE, "import_batch", post_only=True),
    "discard_import": Address(PEOPLE, "import_batch", post_only=True),
    "undo_import": Address(PEOPLE, "import_batch"),
    "history": Address(SitePermission.VIEW_AUDIT, query="kind=stay&subject=1"),
}
