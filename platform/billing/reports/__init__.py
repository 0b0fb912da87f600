"""Reports of a site's ledger: each is read from the entries, and its totals are their sums."""

from billing.reports.ageing import ageing
from billing.reports.cash_book import cash_accounts, cash_book
from billing.reports.earnings import collected, income, vat
from billing.reports.statements import (
    Movement,
    Statement,
    household_parties,
    household_statement,
    statement,
)
from billing.reports.tables import Column, Table
from billing.reports.trial_balance import trial_balance

__all__ = [
    "Column",
    "Movement",
    "Statement",
    "Table",
    "ageing",
    "cash_accounts",
    "cash_book",
    "collected",
    "household_parties",
    "household_statement",
    "income",
    "statement",
    "trial_balance",
    "vat",
]
