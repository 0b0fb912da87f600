"""Charges, bills, payments with their allocations, receipts, and the double-entry ledger."""

from billing.models.accounts import ProviderAccount
from billing.models.bank import BankAccount, BankLine
from billing.models.bills import Bill, BillLine, CreditNote, CreditNoteLine, NumberCounter
from billing.models.charges import Charge
from billing.models.deposits import Deposit, DepositSettlement
from billing.models.drawers import Drawer
from billing.models.entities import BillingSettings, OrganisationBilling, VatRate
from billing.models.fapiao import FapiaoRequest
from billing.models.ledger import Account, ClosedMonth, DailyTotal, LedgerEntry, LedgerLine
from billing.models.methods import AutoPay, Collection, SavedMethod
from billing.models.offline import ChequeReturn, OfflineDetail, OfflineMethod, PaymentVoid
from billing.models.payments import Allocation, Payment, PaymentItem, ProviderEvent, ReceiptCounter
from billing.models.questions import BillQuestion
from billing.models.reconciliation import BalanceTransaction, ReconciliationDifference
from billing.models.refunds import Dispute, Refund
from billing.models.write_offs import WriteOff, WriteOffLine

__all__ = [
    "Account",
    "Allocation",
    "AutoPay",
    "BalanceTransaction",
    "BankAccount",
    "BankLine",
    "Bill",
    "BillLine",
    "BillQuestion",
    "BillingSettings",
    "Charge",
    "ChequeReturn",
    "ClosedMonth",
    "Collection",
    "CreditNote",
    "CreditNoteLine",
    "DailyTotal",
    "Deposit",
    "DepositSettlement",
    "Dispute",
    "Drawer",
    "FapiaoRequest",
    "LedgerEntry",
    "LedgerLine",
    "NumberCounter",
    "OfflineDetail",
    "OfflineMethod",
    "OrganisationBilling",
    "Payment",
    "PaymentItem",
    "PaymentVoid",
    "ProviderAccount",
    "ProviderEvent",
    "ReceiptCounter",
    "ReconciliationDifference",
    "Refund",
    "SavedMethod",
    "VatRate",
    "WriteOff",
    "WriteOffLine",
]
