"""Fee items with their prices, what is agreed on single units, and runs that bill them."""

from fees.models.agreements import Discount, FeeAssignment, Lease, RentStep
from fees.models.dunning import (
    LateFeeWaiver,
    Reminder,
    ReminderMessage,
    ReminderPause,
    ReminderStep,
)
from fees.models.entries import OneOffCharge, SharedCost, SharedCostPart
from fees.models.items import FeeItem, FeePrice, LateFeeRule
from fees.models.runs import BillRun, RunBill, RunLine

__all__ = [
    "BillRun",
    "Discount",
    "FeeAssignment",
    "FeeItem",
    "FeePrice",
    "LateFeeRule",
    "LateFeeWaiver",
    "Lease",
    "OneOffCharge",
    "Reminder",
    "ReminderMessage",
    "ReminderPause",
    "ReminderStep",
    "RentStep",
    "RunBill",
    "RunLine",
    "SharedCost",
    "SharedCostPart",
]
