"""The ledger lines of a charge's amount: income and VAT, or the account that it is held on."""

from billing import ledger, ports
from billing.ledger import Line, Party
from billing.models import Account, Charge
from core.money import Money


def payer_of(charge: Charge) -> Party | None:
    """Return who owes the charge; None while the payer is unknown."""
    return (charge.payer_type, charge.payer_id) if charge.payer_type and charge.payer_id else None


def party_of(charge: Charge) -> Party:
    """Return whose balance the charge is: its payer, or its cause where no payer is known."""
    return payer_of(charge) or (charge.source_type, charge.source_id)


def earned(charge: Charge, gross: int, vat: int = 0, posted_to: str = "") -> list[Line]:
    """Return the credit lines of an amount that was charged.

    Args:
        charge: what it was charged for; its source names the account.
        gross: the amount in minor units, below zero where it is taken back.
        vat: the VAT in it, posted as payable.
        posted_to: another account than that of the source, such as the expense of a write-off.
    """
    code = posted_to or ports.source_of(charge).income_account
    party = party_of(charge) if ledger.has_parties(code) else None
    lines = [Line(code, Money(vat - gross, charge.currency), party, charge)]
    if vat:
        lines.append(Line(Account.Code.VAT_PAYABLE, Money(-vat, charge.currency), None, charge))
    return lines
