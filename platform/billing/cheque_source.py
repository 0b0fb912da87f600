"""What payers are charged for a cheque that their bank did not honour, as a source of charges."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from billing.models import Charge, OfflineDetail
from billing.ports import ReceiptFact
from billing.services.cheque_returns import KIND
from billing.sources import FixedSource


class ChequeReturnCharges(FixedSource):
    """The bank's fees of returned cheques; the cause is the payment."""

    kind = KIND
    income_account = "returned_cheques"
    account_title = gettext_lazy("fees of returned cheques")

    def title(self, charge: Charge, language: str) -> str:
        """Return the title on bills and on the provider's page."""
        with override(language or None):
            return _("Bank fee of returned cheque %(number)s") % {"number": _number(charge)}

    def receipt_facts(self, charge: Charge) -> list[ReceiptFact]:
        """Return the number of the cheque."""
        return [ReceiptFact("cheque", _("Cheque"), _number(charge))]


def _number(charge: Charge) -> str:
    return OfflineDetail.objects.get(payment__public_id=charge.source_id).reference
