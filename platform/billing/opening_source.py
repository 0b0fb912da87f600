"""What payers owed before the site's books began, as a source of charges."""

from django.utils.translation import gettext as _
from django.utils.translation import override

from billing.models import Account, Charge
from billing.services.opening import KIND
from billing.sources import FixedSource


class OpeningCharges(FixedSource):
    """The charges of opening balances; they are posted to equity, since they are no income."""

    kind = KIND
    income_account = Account.Code.OPENING_BALANCE

    def title(self, charge: Charge, language: str) -> str:
        """Return the title on bills and on the provider's page."""
        purpose = charge.lines[0]["purpose"] if charge.lines else ""
        with override(language or None):
            return _("From before: %(purpose)s") % {"purpose": purpose} if purpose else _("Arrears")
