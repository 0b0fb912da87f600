"""Post what payers owed, had paid ahead or had left as deposits before the site's books began.

The other side of each entry is the account of opening balances. No receipt is numbered: the money
was received before.
"""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from django.db import transaction

from billing.ledger import Party
from billing.models import Charge, Deposit, Payment
from billing.services.charging import Cause, adjust_charge, draft_charge, open_charge
from billing.services.deposits import require_deposit
from billing.services.recording import record_payment
from core import clock
from core.models import Site, User
from core.money import Money
from estate.models import Unit

KIND = "opening"
_KEY_LENGTH = 20


@dataclass(frozen=True, slots=True)
class OpeningBalance:
    """What a payer brings along; the same one is posted once.

    Attributes:
        kind: ``arrears``, ``prepayment`` or ``deposit``.
        payer: as (type, id).
        amount: in minor units, above zero.
        purpose: what it is for, as the payer reads it.
        due_on: since when arrears are due.
    """

    kind: str
    payer: Party
    amount: int
    currency: str
    purpose: str = ""
    due_on: date | None = None
    unit: Unit | None = None

    def key(self, site: Site) -> str:
        """Return what identifies it at the site, whatever its amount."""
        unit = self.unit.pk if self.unit else ""
        parts = (site.pk, self.kind, *self.payer, self.currency, self.purpose, self.due_on, unit)
        return sha256("\n".join(map(str, parts)).encode()).hexdigest()[:_KEY_LENGTH]


@transaction.atomic
def post_arrears(site: Site, opening: OpeningBalance) -> Charge:
    """Charge what a payer owed before; arrears that were undone are charged again."""
    cause = Cause(KIND, opening.key(site))
    lines = [{"kind": KIND, "purpose": opening.purpose, "amount": opening.amount}]
    draft = draft_charge(site, cause, opening.currency, payer=opening.payer)
    due_at = clock.midnight(opening.due_on, site.timezone) if opening.due_on else clock.now()
    return open_charge(draft, opening.amount, lines=lines, due_at=due_at)


@transaction.atomic
def post_prepayment(site: Site, opening: OpeningBalance) -> Payment:
    """Give a payer credit for what was paid ahead before."""
    payment = _payment(site, opening)
    return record_payment(payment, payment.created_at, [])


@transaction.atomic
def post_deposit(site: Site, actor: User, opening: OpeningBalance) -> Deposit:
    """Hold a deposit that a payer had left before."""
    deposit = require_deposit(
        site,
        opening.payer,
        opening.amount,
        purpose=opening.purpose,
        actor=actor,
        unit=opening.unit,
    )
    payment = _payment(site, opening)
    charge = Charge.objects.get(source_type="deposit", source_id=deposit.public_id, revision=0)
    payment.items.create(charge=charge, amount=opening.amount)
    record_payment(payment, payment.created_at)
    return deposit


def undo_arrears(charge: Charge) -> None:
    """Take back arrears of which nothing was paid."""
    adjust_charge(charge.site, Cause.of(charge), charge.currency, 0, lines=[])


def posted_before(site: Site, openings: list[OpeningBalance]) -> dict[str, Money]:
    """Return the amounts of those opening balances that are posted, by their keys."""
    keys = [each.key(site) for each in openings]
    found: dict[str, Money] = {}
    for charge in Charge.objects.filter(site=site, source_type=KIND, source_id__in=keys):
        before = found.get(charge.source_id, Money(0, charge.currency))
        found[charge.source_id] = before + Money(charge.amount, charge.currency)
    rows = Payment.objects.filter(provider=Payment.Provider.OPENING, provider_ref__in=keys)
    return found | {str(each.provider_ref): Money(each.amount, each.currency) for each in rows}


def _payment(site: Site, opening: OpeningBalance) -> Payment:
    payer_type, payer_id = opening.payer
    return Payment.objects.create(
        site=site,
        provider=Payment.Provider.OPENING,
        provider_ref=opening.key(site),
        payer_type=payer_type,
        payer_id=payer_id,
        amount=opening.amount,
        currency=opening.currency,
        created_at=clock.now(),
    )
