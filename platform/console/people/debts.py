"""What those who leave a place owe, and what is held for them, as the plan of a move shows it."""

from dataclasses import dataclass
from datetime import datetime

from billing.ledger import Party
from billing.models import BillLine
from billing.outstanding import credit_balance, owed_by
from billing.payers import party_of_holder
from core import clock
from core.models import Site
from core.money import Money
from people.models import Holder
from people.services import MovePlan


@dataclass(frozen=True, slots=True)
class Standing:
    """The money between the site and a person or a company that leaves.

    Attributes:
        is_billed_ahead: whether fees of days after the move are on a bill.
    """

    holder: Holder
    owed: Money
    credit: Money
    is_billed_ahead: bool


def standings_of(move: MovePlan) -> list[Standing]:
    """Return what those whose occupancies end owe or have as credit; others are left out."""
    site = move.place.site
    leaving = {party_of_holder(each.holder): each.holder for each in move.ends}
    at = clock.midnight(move.on, site.timezone)
    found = [_standing(site, party, holder, at) for party, holder in leaving.items()]
    return [each for each in found if each.owed or each.credit or each.is_billed_ahead]


def _standing(site: Site, party: Party, holder: Holder, at: datetime) -> Standing:
    own = [
        each.money.minor for each in owed_by(site, party) if each.money.currency == site.currency
    ]
    billed = BillLine.objects.filter(
        bill__site=site,
        charge__payer_type=party[0],
        charge__payer_id=party[1],
        charge__ends_at__gt=at,
    )
    owed, credit = Money(sum(own), site.currency), credit_balance(site, party)
    return Standing(holder, owed, credit, billed.exists())
