"""The addresses of the staff."""

from people.permissions import PeoplePermission
from tests.rooms import Address

STAFF = PeoplePermission.MANAGE_STAFF
CONSOLE = {
    "staff": Address(STAFF),
    "invite_colleague": Address(STAFF),
    "invite_by_mail": Address(STAFF),
    "resend_invitation": Address(STAFF, "invitation"),
    "revoke_invitation": Address(STAFF, "invitation"),
    "colleague": Address(STAFF, "colleague"),
    "change_roles": Address(STAFF, "colleague"),
    "reset_password": Address(STAFF, "colleague"),
    "reset_second_factor": Address(STAFF, "colleague"),
    "end_access": Address(STAFF, "colleague"),
    "roles": Address(STAFF),
    "add_role": Address(STAFF),
    "change_role": Address(STAFF, "own_role"),
    "remove_role": Address(STAFF, "own_role"),
    "restore_role": Address(STAFF, "own_role"),
}
