"""The addresses of the access lists, the lane board and passages."""

from access.permissions import AccessPermission
from billing.permissions import BillingPermission
from devices.permissions import DevicePermission
from tests.rooms import Address

CONSOLE = {
    "plate_accuracy": Address(DevicePermission.VIEW_DEVICES),
    "plate_accuracy_file": Address(DevicePermission.VIEW_DEVICES),
    "labels": Address(AccessPermission.EXPORT_PHOTOS),
    "export_labels": Address(AccessPermission.EXPORT_PHOTOS),
    "download_labels": Address(AccessPermission.EXPORT_PHOTOS, "label_export"),
    "camera_accuracy": Address(DevicePermission.VIEW_DEVICES, "camera"),
    "access": Address(AccessPermission.MANAGE_LISTS),
    "bulk_entries": Address(AccessPermission.MANAGE_LISTS, words=("end",)),
    "access_vehicles": Address(AccessPermission.MANAGE_LISTS),
    "bulk_vehicles": Address(AccessPermission.MANAGE_LISTS, words=("end",)),
    "access_passes": Address(AccessPermission.MANAGE_LISTS),
    "bulk_passes": Address(AccessPermission.MANAGE_LISTS, words=("end",)),
    "add_entry": Address(AccessPermission.MANAGE_LISTS),
    "change_entry_end": Address(AccessPermission.MANAGE_LISTS, "entry"),
    "end_entry": Address(AccessPermission.MANAGE_LISTS, "entry"),
    "add_vehicle": Address(AccessPermission.MANAGE_LISTS),
    "find_people": Address(AccessPermission.MANAGE_LISTS, post_only=True),
    "change_vehicle_end": Address(AccessPermission.MANAGE_LISTS, "vehicle"),
    "end_vehicle": Address(AccessPermission.MANAGE_LISTS, "vehicle"),
    "add_pass": Address(AccessPermission.MANAGE_LISTS),
    "cancel_pass": Address(AccessPermission.MANAGE_LISTS, "visit"),
    "visitor_plate": Address(AccessPermission.ISSUE_PASSES, "visit"),
    "lanes": Address(AccessPermission.VIEW_PASSAGES),
    "lane": Address(AccessPermission.VIEW_PASSAGES, "gate.entry"),
    "open_lane": Address(AccessPermission.OPEN_BARRIER, "gate.entry"),
    "admit_visitor": Address(AccessPermission.ISSUE_PASSES, "passage"),
    "lane_limits": Address(DevicePermission.MANAGE_DEVICES, "gate.entry"),
    "passages": Address(AccessPermission.VIEW_PASSAGES),
    "passage": Address(AccessPermission.VIEW_PASSAGES, "passage", audited=True),
    "photo": Address(AccessPermission.VIEW_PHOTOS, "passage"),
    "frame": Address(AccessPermission.VIEW_PHOTOS, "passage", further=("frame_of_passage",)),
    "correct": Address(AccessPermission.CORRECT_PLATE, "passage"),
    "lift": Address(AccessPermission.OPEN_BARRIER, "passage"),
    "refuse": Address(AccessPermission.OPEN_BARRIER, "passage"),
    "lost_entry": Address(BillingPermission.RECORD_CASH, "passage"),
}
PORTAL = {"visit": Address(row="visit", by="code")}
HOME = "binding"
RESIDENTS = {
    "visitors": Address(row=HOME),
    "invite_visitor": Address(row=HOME, further=("home_unit",)),
    "visitor": Address(row=HOME, further=("own_visit",)),
    "cancel_visitor": Address(row=HOME, further=("own_visit",), post_only=True),
}
