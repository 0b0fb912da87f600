"""A minimal source of charges besides stays: all that an app needs to collect money."""

from collections import defaultdict
from datetime import datetime, timedelta

from billing import ports
from billing.models import Charge
from billing.selectors import Cause, received
from billing.services import NewDraft, create_drafts
from core.audit import Subject
from core.money import Money
from tests.factories import SiteFactory


class Fines:
    """Fines whose prices the test sets."""

    kind = "fine"
    income_account = "fines"

    def __init__(self) -> None:
        self.prices: dict[str, int] = defaultdict(int)

    def price(self, charge: Charge, at: datetime) -> ports.Offer:
        paid = sum(each.amount for each in received(Cause.of(charge)))
        due = max(0, self.prices[charge.source_id] - paid)
        return ports.Offer(
            money=Money(due, charge.currency),
            at=at,
            expires_at=at + timedelta(minutes=10),
            lines=[{"price": self.prices[charge.source_id]}],
            basis="by-law 7",
        )

    def offer(self, charge: Charge, at: datetime) -> ports.Offer:
        return self.price(charge, at)

    def honour(self, charge: Charge, offer: str, at: datetime) -> ports.Offer | None:
        return None

    def title(self, charge: Charge, language: str) -> str:
        return f"Fine {charge.source_id}"

    def receipt_facts(self, charge: Charge) -> list[ports.ReceiptFact]:
        return [ports.ReceiptFact("number", "Number", charge.source_id)]

    def audit_subject(self, charge: Charge) -> Subject:
        return "fine", charge.source_id

    def issue(self, number: str, price: int, site: object = None) -> Charge:
        """Draft the charge of a fine of that price."""
        self.prices[number] = price
        return create_drafts(
            [NewDraft((site or SiteFactory()).pk, Cause(self.kind, number), "CNY")]
        )[0]
