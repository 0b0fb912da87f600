"""The money of a populated site: stays that were paid, a cash drawer, a bill, a deposit."""

from dataclasses import dataclass
from datetime import date

from billing.ledger import Party
from billing.models import (
    AutoPay,
    BankAccount,
    BankLine,
    Bill,
    Deposit,
    Drawer,
    FapiaoRequest,
    Payment,
    PaymentVoid,
    ReconciliationDifference,
    Refund,
    VatRate,
    WriteOff,
)
from billing.payers import key_of
from billing.services import (
    Cause,
    Received,
    draft_charge,
    import_statement,
    open_charge,
    open_drawer,
    request_fapiao,
    request_refund,
    require_deposit,
    take_payment,
    void_payment,
    write_off_bill,
)
from billing.verification import RECEIPT, verification_url
from core import clock
from tests.billing.club_fees import bill_of, club_charge, register
from tests.billing.vat_rates import vat_rate
from tests.factories import PersonFactory, StayFactory, UserFactory
from tests.gate import staff
from tests.paying import pay, record_cash_payment
from tests.rooms import World


def pay_cash(world: World) -> Payment:
    """The payment of a stay that owed ten yuan."""
    return record_cash_payment(StayFactory(lot=world.gate.lot, tariff=world.tariff), staff())


def request_second_back(world: World) -> Refund:
    """The refund of a second payment for one stay, which waits for approval."""
    stay = StayFactory(lot=world.gate.lot, tariff=world.tariff)
    pay(stay, 1000)
    return request_refund(pay(stay, 1000), staff(), amount=1000, reason="paid twice")


@dataclass(frozen=True)
class Printed:
    """A printed document, of which the QR code was scanned."""

    token: str


def print_receipt(world: World) -> Printed:
    """The signed number of the receipt of the payment in cash."""
    url = verification_url(RECEIPT, world.site, str(world.payment.receipt_no))
    return Printed(url.rstrip("/").rsplit("/", 1)[1])


def open_with_float(world: World) -> Drawer:
    """The open drawer of a colleague, with change in it."""
    return open_drawer(world.site, staff(), float_amount=10_000)


def import_line(world: World) -> BankLine:
    """The line of a bank statement, which waits for a match."""
    account = BankAccount.objects.create(site=world.site, name="Main account")
    import_statement(account, staff(), b"date,amount,payer\n2026-11-27,45.60,Li Wei\n")
    return BankLine.objects.get(account=account)


def find_difference(world: World) -> ReconciliationDifference:
    """A payment that the provider does not report."""
    return ReconciliationDifference.objects.create(
        site=world.site,
        provider="stripe",
        kind="missing_there",
        about="payment",
        payment=world.payment,
        booked=world.payment.amount,
        booked_currency=world.payment.currency,
        found_at=clock.now(),
    )


@dataclass(frozen=True)
class BilledPayer:
    """A resident who owes something, as an address names the payer."""

    payer: Party

    @property
    def key(self) -> str:
        return key_of(self.payer)


def bill_resident(world: World) -> BilledPayer:
    """The resident as a payer, with a late charge that is on no bill."""
    register()
    payer = ("person", str(world.resident.pk))
    charge = draft_charge(world.site, Cause("club", f"late-{world.site.slug}"), "CNY", payer=payer)
    open_charge(charge, 500, lines=[])
    return BilledPayer(payer)


def issue_bill(world: World) -> Bill:
    """A bill of the resident, which is not paid."""
    name = f"fee-{world.site.slug}"
    return bill_of(world.site, club_charge(name, 10_600, 600), payer=world.billed_payer.payer)


def request_write_off(world: World) -> WriteOff:
    """A write-off that waits for a second person."""
    return write_off_bill(world.bill, staff(), reason="moved abroad")


def ask_for_deposit(world: World) -> Deposit:
    """A deposit of the resident, which is not paid."""
    return require_deposit(world.site, world.billed_payer.payer, 200_000, purpose="renovation")


def request_invoice(world: World) -> FapiaoRequest:
    """A request for a fapiao of the payment in cash."""
    return request_fapiao(world.payment, title="Harbour Freight", tax_number="91310000MA1FL00001")


def agree_to_autopay(world: World) -> AutoPay:
    """A consent to auto-pay whose payer has not entered a method yet."""
    return AutoPay.objects.create(
        site=world.site,
        payer_type="person",
        payer_id="0",
        provider="stripe",
        limit=10_000,
        currency=world.site.currency,
        notice_days=3,
        email="li@example.com",
        language="en",
        consented_by=staff(),
        consented_at=clock.now(),
        terms_version="2026-11",
        return_url="https://park.example/",
    )


def request_void(world: World) -> PaymentVoid:
    """The void of a payment, which waits for approval."""
    cashier = UserFactory()
    open_drawer(world.site, cashier)
    payer = ("person", str(PersonFactory(site=world.site).pk))
    payment = take_payment(world.site, cashier, payer, Received("cash", 5000))
    return void_payment(payment, cashier, reason="mistyped")


def coming_rate(world: World) -> VatRate:
    """A VAT rate that has not begun."""
    return vat_rate(world.site, valid_from=date(2100, 1, 1))


ROWS = {
    "vat_rate": coming_rate,
    "autopay": agree_to_autopay,
    "difference": find_difference,
    "billed_payer": bill_resident,
    "bill": issue_bill,
    "write_off": request_write_off,
    "deposit": ask_for_deposit,
    "fapiao_request": request_invoice,
    "bank_line": import_line,
    "void": request_void,
    "payment": pay_cash,
    "refund": request_second_back,
    "receipt_token": print_receipt,
    "drawer": open_with_float,
}
