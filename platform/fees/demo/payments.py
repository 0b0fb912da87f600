"""How the demo community's bills are paid: at the desk, by bank, in part, and not at all."""

import csv
from datetime import timedelta
from io import StringIO

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from billing import services as billing
from billing.models import BankAccount, Bill, OfflineMethod, Payment
from billing.outstanding import amount_due, owed_of_bill
from core.models import Site, User
from core.money import Money
from fees.demo.rules import BANK_ACCOUNT
from people.periods import today

# In minor units.
FLOAT, PART, UNKNOWN, CHARGES = 20_000, 20_000, 38_000, -1_500
# Payers of the statement: the first quotes the bill's reference, the others only their names.
BY_REFERENCE, BY_NAME = _("Market Row Bakery"), (_("Zhao Min"), _("Courtyard Pharmacy"))


Row = tuple[int, str, str]


def receive_payments(site: Site, finance: User) -> None:
    """Take money at the desk, import a bank statement, and one question."""
    bills = {bill.payer_name: bill for bill in Bill.objects.filter(site=site).exclude(period="")}

    def bill_of(name: str) -> Bill:
        return bills[gettext(name)]

    billing.open_drawer(site, finance, float_amount=FLOAT)
    _take(bill_of("Zhang Wei"), finance, OfflineMethod.CASH, amount=PART)
    _take(bill_of("Wang Lei"), finance, OfflineMethod.CASH)
    by_card = _take(bill_of("Li Na"), finance, OfflineMethod.POS, reference="POS 004417")
    billing.request_fapiao(by_card, title=gettext("Li Na"), email="li.na@example.com")
    rows = [_row_of(bill_of(BY_REFERENCE), bill_of(BY_REFERENCE).payment_reference)]
    rows += [_row_of(bill_of(name), gettext("Property fees")) for name in BY_NAME]
    rows += [(UNKNOWN, gettext("Huang Ying"), gettext("Parking, two months"))]
    rows += [(CHARGES, "", gettext("Account charges"))]
    _import_statement(site, finance, rows)
    asked = bill_of("Anna Vogel")
    question = gettext("Why do I pay for the lighting of the car park? I have no car.")
    billing.ask_question(asked, text=question, line=asked.lines.last())


def _take(bill: Bill, finance: User, method: str, amount: int = 0, reference: str = "") -> Payment:
    received = billing.Received(method, amount or amount_due(bill).minor, reference)
    charges = [each.charge for each in owed_of_bill(bill)]
    return billing.take_payment(bill.site, finance, bill.payer, received, charges)


def _row_of(bill: Bill, text: str) -> Row:
    return amount_due(bill).minor, bill.payer_name, text


def _import_statement(site: Site, finance: User, rows: list[Row]) -> None:
    """Import rows as the bank's CSV; what fits exactly is matched, the rest waits for a person."""
    account = BankAccount(site=site, name=gettext("Collection account"), number=BANK_ACCOUNT)
    account.matches_exact = True
    billing.save_account(account, finance)
    day = today(site) - timedelta(days=1)
    file = StringIO()
    table = csv.writer(file)
    table.writerow(("Date", "Amount", "Counterparty", "Description", "Reference"))
    for number, (amount, name, text) in enumerate(rows, start=1):
        major = Money(amount, site.currency).major()
        table.writerow((day, major, name, text, f"BOS{day:%y%m%d}{number:04d}"))
    billing.import_statement(account, finance, file.getvalue().encode())
