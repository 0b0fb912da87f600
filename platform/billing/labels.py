"""What ledger entries, accounts and recorded actions are called on pages."""

from django.utils.translation import gettext_lazy as _

from billing.models import Account, LedgerEntry

# By what an entry's reference begins with.
_ENTRIES = {
    "payment": _("Payment received"),
    "charge": _("Charge posted"),
    "refund": _("Refund"),
    "refund-failed": _("Refund failed"),
    "refund-match": _("Refunded at the provider"),
    "dispute": _("Payment disputed"),
    "dispute-won": _("Dispute won"),
    "stripe": _("Payment without a match"),
}
_ACTIONS = {
    "take cash": _("cash recorded"),
    "request refund": _("refund requested"),
    "approve refund": _("refund approved"),
    "cancel refund": _("refund cancelled"),
    "refund at the provider": _("refunded at the provider"),
    "dispute": _("payment disputed"),
    "dispute decided": _("dispute decided"),
}


def entry_title(entry: LedgerEntry) -> str:
    """Return what a ledger entry posts; its memo where its reference is of no known kind."""
    kind = entry.reference.partition(":")[0]
    return str(_ENTRIES.get(kind, entry.memo))


def account_title(code: str) -> str:
    """Return an account's name; its code for the income account of a kind of charge."""
    return str(dict(Account.Code.choices).get(code, code))


def action_title(action: str) -> str:
    """Return what the audit log's entry of a payment records."""
    return str(_ACTIONS.get(action, action))
