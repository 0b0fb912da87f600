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
ACCOUNTS = PeoplePermission.MANAGE_ACCOUNTS
CONSOLE |= {
    "accounts": Address(ACCOUNTS),
    "bulk_accesses": Address(ACCOUNTS, words=("approve",)),
    "resident_requests": Address(ACCOUNTS),
    "bulk_requests": Address(ACCOUNTS, words=("approve",)),
    "approve_erasure": Address(ACCOUNTS, "erasure_request"),
    "resident_invitations": Address(ACCOUNTS),
    "bulk_invitations": Address(ACCOUNTS, words=("revoke",)),
    "invite_any_resident": Address(ACCOUNTS),
    "invite_resident": Address(ACCOUNTS, "family_member"),
    "print_invitation": Address(ACCOUNTS, "family_member", post_only=True),
    "resident_rules": Address(ACCOUNTS),
}
PORTAL = {"enter_code": Address(), "invitation": Address(row="resident_invitation", by="token")}
HOME = "binding"
RESIDENTS = {
    "homes": Address(answers=(200, 302)),
    "request_access": Address(row="site", by="slug"),
    "home": Address(row=HOME),
    "cars": Address(row=HOME),
    "add_own_car": Address(row=HOME, further=("home_unit",)),
    "end_own_car": Address(row=HOME, further=("own_car",)),
    "household": Address(row=HOME),
    "invite_member": Address(row=HOME, further=("home_unit",)),
    "change_member_rights": Address(row=HOME, further=("home_unit", "family_member")),
    "invite_existing_member": Address(row=HOME, further=("home_unit", "family_member")),
    "revoke_member_invitation": Address(row=HOME, further=("member_invitation",), post_only=True),
    "requests": Address(row=HOME),
    "withdraw_request": Address(row=HOME, further=("car_request",), post_only=True),
    "approve_access": Address(row=HOME, further=("pending_binding",), post_only=True),
    "refuse_access": Address(row=HOME, further=("pending_binding",), post_only=True),
    "own_profile": Address(row=HOME),
    "own_data": Address(row=HOME),
    "export_own_data": Address(row=HOME, post_only=True),
    "read_own_data": Address(row=HOME, further=("own_export",)),
    "export_progress": Address(row=HOME, further=("own_export",)),
    "download_own_data": Address(row=HOME, further=("own_export",)),
    "erase_own_data": Address(row=HOME, post_only=True),
}
