"""Deposits as a source of charges: held for their payers instead of being income."""

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.models import Account, Charge, Deposit
from billing.ports import ReceiptFact
from billing.services.deposits import KIND
from billing.sources import FixedSource
from estate.models import Unit


class DepositCharges(FixedSource):
    """The charges of deposits, as `billing.ports.ChargeSource` describes them."""

    kind = KIND
    income_account = Account.Code.DEPOSITS

    def of_unit(self, unit: Unit) -> Q:
        """Return the condition for the deposits of a unit."""
        deposits = Deposit.objects.filter(unit=unit)
        return Q(source_type=KIND, source_id__in=deposits.values("public_id"))

    def title(self, charge: Charge, language: str) -> str:
        """Return the title on bills and on the provider's page."""
        purpose = Deposit.objects.get(public_id=charge.source_id).purpose
        with override(language or None):
            return _("Deposit: %(purpose)s") % {"purpose": purpose}

    def receipt_facts(self, charge: Charge) -> list[ReceiptFact]:
        """Return what the deposit is for."""
        purpose = Deposit.objects.get(public_id=charge.source_id).purpose
        return [ReceiptFact("deposit", _("Deposit"), purpose)]
