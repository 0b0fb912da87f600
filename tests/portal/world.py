"""The bill of a populated site's resident, and its signed link."""

from dataclasses import dataclass

from billing.bill_links import token_of
from billing.models import Bill, BillLine, BillQuestion, CreditNote
from billing.selectors import latest_charge
from billing.services import BillDraft, ask_question, credit_bill, issue_bills, require_deposit
from billing.services.deposits import cause_of
from core import clock
from tests.billing.club_fees import pay
from tests.gate import staff
from tests.rooms import World


@dataclass(frozen=True)
class Link:
    """A signed link of a bill."""

    token: str


def bill_owner(world: World) -> Bill:
    """A bill of the owner of the flat, of which a part was paid in cash."""
    payer = ("person", str(world.binding.person.pk))
    deposit = require_deposit(world.site, payer, 48732, purpose="renovation")
    charge = latest_charge(cause_of(deposit))
    assert charge is not None
    draft = BillDraft(
        payer,
        world.binding.person.name,
        clock.now().date(),
        posted=[charge],
        unit=world.home_unit.pk,
        unit_name=str(world.home_unit),
        period="2026-11",
    )
    (bill,) = issue_bills(world.site, [draft])
    pay(world.site, 10000, charge, payer=payer)
    return bill


def link_bill(world: World) -> Link:
    """The link of that bill."""
    return Link(token_of(world.own_bill))


def credit_part(world: World) -> CreditNote:
    """A credit note of a small part of that bill."""
    line = world.own_bill_line
    return credit_bill(world.own_bill, staff(), reason="agreed", amounts={line.pk: 100})


def line_of_bill(world: World) -> BillLine:
    """Its only line."""
    return world.own_bill.lines.get()


def ask_about_bill(world: World) -> BillQuestion:
    """A question about that line."""
    return ask_question(world.own_bill, text="Why?", line=world.own_bill_line)


ROWS = {
    "own_bill": bill_owner,
    "bill_token": link_bill,
    "own_bill_line": line_of_bill,
    "own_credit_note": credit_part,
    "bill_question": ask_about_bill,
}
