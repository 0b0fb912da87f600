"""The addresses of stays and tariffs."""

from billing.permissions import BillingPermission
from parking.permissions import ParkingPermission
from tests.rooms import Address

CONSOLE = {
    "stays": Address(ParkingPermission.VIEW_STAYS),
    "stay": Address(ParkingPermission.VIEW_STAYS, "stay", audited=True),
    "review_stay": Address(ParkingPermission.REVIEW_STAY, "stay"),
    "cash": Address(BillingPermission.RECORD_CASH, "stay"),
    "lot_rules": Address(ParkingPermission.MANAGE_RULES),
    "change_lot_rules": Address(ParkingPermission.MANAGE_RULES, "gate.lot"),
    "tariffs": Address(ParkingPermission.MANAGE_TARIFFS),
    "publish_tariff": Address(ParkingPermission.MANAGE_TARIFFS),
    "check_tariff": Address(ParkingPermission.MANAGE_TARIFFS, post_only=True),
    "tariff_template": Address(ParkingPermission.MANAGE_TARIFFS, query="name=day-night"),
    "vehicle_classes": Address(ParkingPermission.MANAGE_TARIFFS),
    "add_vehicle_class": Address(ParkingPermission.MANAGE_TARIFFS),
    "edit_vehicle_class": Address(ParkingPermission.MANAGE_TARIFFS, query="code=small"),
    "remove_vehicle_class": Address(ParkingPermission.MANAGE_TARIFFS, query="code=large"),
    "withdraw_tariff": Address(ParkingPermission.MANAGE_TARIFFS, "tariff"),
    "tariff": Address(ParkingPermission.MANAGE_TARIFFS, "tariff"),
}
PORTAL = {
    "find": Address(row="site", by="slug"),
    "find_choose": Address(row="site", by="slug", post_only=True),
    "stay": Address(row="stay", by="public_id"),
    "amount": Address(row="stay", by="public_id"),
    "checkout": Address(row="stay", by="public_id", post_only=True),
    "back": Address(row="stay", by="public_id", answers=(302,)),
}
RESIDENTS = {
    "bills": Address(row="binding"),
    "pay_bill": Address(row="binding", further=("home_unit", "own_stay"), answers=(302,)),
}
