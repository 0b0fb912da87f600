"""A source of charges whose amounts are fixed when they are posted, as those of fees are."""

from datetime import datetime, timedelta

from billing.models import Charge
from billing.ports import Offer, ReceiptFact
from billing.services.charging import Cause, account_of
from core.audit import Subject
from core.money import Money

# How long a page may show the amount before its payer has to look again.
OFFER_HOLDS = timedelta(hours=24)


class FixedSource:
    """A `billing.ports.ChargeSource` whose amount does not depend on the time of payment.

    What is due is what the posted charges of the cause amount to, less what is allocated to them.
    An app adds `kind`, `income_account`, `title`, and the facts of a receipt.
    """

    kind: str
    income_account: str

    def price(self, charge: Charge, at: datetime) -> Offer:
        """Return what is still to pay."""
        account = account_of(Cause.of(charge), at)
        due = max(0, account.total - account.paid)
        return Offer(
            money=Money(due, charge.currency),
            at=at,
            expires_at=at + OFFER_HOLDS,
            lines=account.charges[0].lines,
            basis="",
            subject=self.audit_subject(charge),
        )

    def offer(self, charge: Charge, at: datetime) -> Offer:
        """Return what is still to pay; nothing has to be stored to honour it."""
        return self.price(charge, at)

    def honour(self, charge: Charge, offer: str, at: datetime) -> Offer | None:
        """Return the offer of an amount in minor units; None where another one is due since."""
        current = self.price(charge, at)
        return current if str(current.money.minor) == offer else None

    def title(self, charge: Charge, language: str) -> str:
        """Return what the provider's page calls the charge."""
        raise NotImplementedError

    def receipt_facts(self, charge: Charge) -> list[ReceiptFact]:
        """Return what a receipt shows about the charge; its title by default."""
        return []

    def audit_subject(self, charge: Charge) -> Subject:
        """Return the charge's cause as a subject of the audit log."""
        return charge.source_type, charge.source_id
