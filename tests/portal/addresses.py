"""The addresses of bills: of residents, and by a signed link."""

from billing.permissions import BillingPermission
from tests.rooms import Address

PORTAL = {
    "bill_link": Address(row="bill_token", by="token"),
    "bill_link_pdf": Address(row="bill_token", by="token"),
    "bill_link_pay": Address(row="bill_token", by="token"),
    "bill_link_payment": Address(row="bill_token", by="token", words=("latest",)),
    "bill_link_credit_note": Address(row="bill_token", by="token", further=("own_credit_note",)),
    "bill_link_ask": Address(row="bill_token", by="token", further=("own_bill_line",)),
    "fapiao": Address(row="payment", by="public_id"),
    # The bill of the world is worked out from no reading.
    "bill_link_photo": Address(
        row="bill_token", by="token", further=("home_reading",), answers=(404,)
    ),
}
RESIDENTS = {
    "pay_bills": Address(row="binding", answers=(302,)),
    "bills_payment": Address(row="binding", words=("latest",)),
    "own_statement": Address(row="binding"),
    "own_statement_pdf": Address(row="binding"),
    "own_bill": Address(row="binding", further=("own_bill",)),
    "own_bill_pdf": Address(row="binding", further=("own_bill",)),
}
CONSOLE = {
    "bill_questions": Address(BillingPermission.ANSWER_QUESTIONS),
    "answer_bill_question": Address(BillingPermission.ANSWER_QUESTIONS, "bill_question"),
}
