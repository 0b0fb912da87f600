"""A source of fixed charges, as a room that bills by period has one, and bills of them."""

from datetime import date
from decimal import Decimal

from billing import ports
from billing.ledger import Party
from billing.models import Bill, Charge, Payment
from billing.services import BillCharge, BillDraft, Cause, Vat, issue_bills
from billing.services.recording import record_payment
from billing.sources import FixedSource
from core import clock
from core.models import Site

PAYER: Party = ("person", "42")


class ClubFees(FixedSource):
    """Fees of a club, each of a fixed amount."""

    kind = "club"
    income_account = "club_fees"

    def title(self, charge: Charge, language: str) -> str:
        return f"Club {charge.source_id}"


class ClubPenalties(ClubFees):
    """Penalties of the club."""

    kind = "club_penalty"
    income_account = "penalty_income"
    is_penalty = True


def register() -> None:
    """Register both sources."""
    ports.register_source(ClubFees())
    ports.register_source(ClubPenalties())


def club_charge(
    name: str, amount: int, vat: int = 0, kind: str = "club", period: str = "2026-11"
) -> BillCharge:
    """Return a charge of a bill, VAT included."""
    return BillCharge(
        cause=Cause(kind, name, period),
        amount=amount,
        lines=[{"kind": "fixed", "amount": amount}],
        titles={"en": f"Club {name}", "zh-hans": f"会费 {name}"},
        vat=Vat(Decimal(6), vat),
    )


def bill_of(
    site: Site, *charges: BillCharge, payer: Party = PAYER, due: date | None = None
) -> Bill:
    """Issue a bill of these charges."""
    draft = BillDraft(
        payer=payer,
        payer_name="Li Wei",
        due_on=due or date(2026, 12, 15),
        charges=charges,
        period="2026-11",
    )
    return issue_bills(site, [draft])[0]


def pay(site: Site, amount: int, *charges: Charge, payer: Party | None = PAYER) -> Payment:
    """Record a payment in cash, for these charges in their order."""
    payer_type, payer_id = payer or (None, None)
    payment = Payment.objects.create(
        site=site,
        provider=Payment.Provider.OFFLINE,
        method="cash",
        payer_type=payer_type,
        payer_id=payer_id,
        amount=amount,
        currency=site.currency,
        created_at=clock.now(),
    )
    for charge in charges:
        payment.items.create(charge=charge, amount=amount)
    return record_payment(payment, clock.now())


def charges_of(bill: Bill) -> list[Charge]:
    """Return the charges of a bill in the order of its lines."""
    return [line.charge for line in bill.lines.select_related("charge").order_by("position")]
