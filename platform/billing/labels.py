"""What ledger entries, accounts and recorded actions are called on pages."""

import re

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from billing import ledger
from billing.models import LedgerEntry

# By what an entry's reference begins with.
_ENTRIES = {
    "payment": _("Payment received"),
    "charge": _("Charge posted"),
    "charge-held": _("Charge changed"),
    "credit-use": _("Credit used"),
    "credit-return": _("Credit made refundable"),
    "deposit-kept": _("Deposit kept"),
    "opening": _("Opening balance"),
    "refund": _("Refund"),
    "refund-failed": _("Refund failed"),
    "refund-match": _("Refunded at the provider"),
    "dispute": _("Payment disputed"),
    "dispute-won": _("Dispute won"),
    "stripe": _("Payment without a match"),
    "fee": _("Fee of the payment provider"),
    "payout": _("Payout to the bank"),
    "payout-failed": _("Payout returned"),
    "void": _("Payment voided"),
    "cheque-return": _("Cheque returned"),
    "bank-line": _("Received on the bank account"),
    "bank-match": _("Bank line matched"),
    "bank-unmatch": _("Match of a bank line undone"),
    "bank-undo": _("Match of a bank line undone"),
    "bank-clear": _("Credited by the bank"),
    "bank-charge": _("Charges of the bank"),
    "bank-return": _("Transfer sent back"),
    "drawer-opened": _("Drawer opened"),
    "drawer-moved": _("Cash moved"),
    "drawer-closed": _("Drawer handed over"),
}
# Its memo says what did not fit.
_PROVIDER = "stripe"
# The only other memo that says more than the title: the line's key and its day.
_BANK_MEMO = re.compile(r".*bank line (?P<number>\d+) of (?P<day>\S+)")
_ACTIONS = {
    "take cash": _("cash recorded"),
    "request refund": _("refund requested"),
    "approve refund": _("refund approved"),
    "cancel refund": _("refund cancelled"),
    "refund at the provider": _("refunded at the provider"),
    "request void": _("void requested"),
    "void payment": _("payment voided"),
    "cancel void": _("void cancelled"),
    "return cheque": _("cheque returned"),
    "dispute": _("payment disputed"),
    "decide difference": _("decided about a difference with the provider"),
    "dispute decided": _("dispute decided"),
}


def entry_title(entry: LedgerEntry) -> str:
    """Return what a ledger entry posts; its memo where its reference is of no known kind."""
    kind = entry.reference.partition(":")[0]
    return str(_ENTRIES.get(kind, entry.memo))


def entry_note(entry: LedgerEntry) -> str:
    """Return what a ledger entry's memo adds to its title, in the page's language."""
    found = _BANK_MEMO.fullmatch(entry.memo)
    if found is not None:
        return gettext("line %(number)s of %(day)s") % found.groupdict()
    kind = entry.reference.partition(":")[0]
    return "" if kind in _ENTRIES and kind != _PROVIDER else entry.memo


def account_title(code: str) -> str:
    """Return an account's name."""
    return ledger.title_of(code)


def action_title(action: str) -> str:
    """Return what the audit log's entry of a payment records."""
    return str(_ACTIONS.get(action, action))
