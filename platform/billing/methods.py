"""How payments were made: what the methods are called, and which accounts hold their money."""

from billing.models import Account, OfflineMethod, Payment

# The account that holds what a provider collected.
HELD_ON: dict[str, str] = {
    Payment.Provider.STRIPE: Account.Code.STRIPE,
    Payment.Provider.OFFLINE: Account.Code.CASH,
    Payment.Provider.OPENING: Account.Code.OPENING_BALANCE,
}
_HELD_BY_METHOD: dict[str, str] = {
    OfflineMethod.CASH: Account.Code.CASH,
    OfflineMethod.POS: Account.Code.POS_CLEARING,
    OfflineMethod.BANK_TRANSFER: Account.Code.BANK,
    OfflineMethod.CHEQUE: Account.Code.CHEQUES,
}


def account_of_payment(payment: Payment) -> str:
    """Return the code of the account that holds the payment's money."""
    if payment.provider == Payment.Provider.OFFLINE and payment.method:
        return _HELD_BY_METHOD[payment.method]
    return HELD_ON[payment.provider]


def account_of_refund(payment: Payment) -> str:
    """Return the code of the account that a refund is paid from.

    An opening balance is paid back in cash, and a cheque by transfer: it was cashed.
    """
    if payment.provider == Payment.Provider.OPENING:
        return Account.Code.CASH
    code = account_of_payment(payment)
    return Account.Code.BANK if code == Account.Code.CHEQUES else code


def is_refunded_by_hand(payment: Payment) -> bool:
    """Return whether a person pays a refund out, since no provider collected the money."""
    return payment.provider in (Payment.Provider.OFFLINE, Payment.Provider.OPENING)


def is_cash(payment: Payment) -> bool:
    """Return whether it was paid in cash, at a lane or at the desk."""
    is_offline = payment.provider == Payment.Provider.OFFLINE
    return is_offline and payment.method in ("", OfflineMethod.CASH)


def method_title(payment: Payment) -> str:
    """Return what the payment's method is called on pages."""
    if payment.provider == Payment.Provider.OFFLINE and payment.method:
        return str(OfflineMethod(payment.method).label)
    return payment.get_provider_display()
