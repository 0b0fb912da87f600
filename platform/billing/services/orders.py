"""What a payer asks to pay online, and what it comes to with its penalties."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from billing.ledger import Party
from billing.models import Charge
from billing.ports import Offer
from billing.services.charging import Cause
from billing.services.penalties import penalties_come_first, post_penalties
from billing.services.selection import Selected, amounts_to_pay, require_few, spread


@dataclass(frozen=True, slots=True)
class Order:
    """What a payer asks to pay, and what the provider is sent with it.

    Attributes:
        email: where the receipt is sent; empty for none.
        language: of the provider's page and the receipt, as a Django language code.
        return_url: where the payer's browser is redirected afterwards, paid or not.
        begun: the public id of the payment that this payer has proved to have begun; no other
            payer may set or replace the address that its receipt is sent to, or end it for
            another choice of charges.
        amount: how much is paid of all, in minor units; None for what the charges say.
        payer: who pays, as (type, id): money that no charge needs is their credit, and they may
            replace what they have begun. None for an anonymous payer, who is paid it back.
    """

    selected: Sequence[Selected]
    email: str
    language: str
    return_url: str
    begun: str
    payer: Party | None
    amount: int | None = None

    @property
    def is_choice(self) -> bool:
        """Whether the payer chose among charges or amounts, which another payer would not share."""
        in_part = self.amount is not None or self.selected[0].amount is not None
        return len(self.selected) > 1 or in_part

    @property
    def charges(self) -> list[Charge]:
        """The charges that the payer chose."""
        return [each.charge for each in self.selected]


def with_penalties(order: Order, at: datetime) -> list[Selected]:
    """Post the penalties of what is paid; they are paid first where the site says so.

    Raises:
        Rejection: with them, these are too many charges for one payment.
    """
    penalties = post_penalties(order.charges, at)
    if not penalties_come_first(order.charges[0].site):
        return list(order.selected)
    require_few(len(penalties) + len(order.selected))
    return [*map(Selected, penalties), *order.selected]


def wanted_of(
    order: Order, selected: Sequence[Selected], offers: Mapping[Cause, Offer]
) -> dict[Cause, int]:
    """Return the amount to pay of each cause.

    Raises:
        Rejection: an amount is not above zero, or exceeds what is due.
    """
    if order.amount is not None:
        return spread(order.amount, selected, offers)
    return amounts_to_pay(selected, offers)
